/** Opens the log in Redis. */
import { HoldfastError } from "@holdfast/protocol";
import { type Clock, type Random, systemClock, systemRandom } from "../../clock.ts";
import { resolveOptions, type StoreLimits, storeOptions } from "../../options.ts";
import { newEpoch } from "../epoch.ts";
import type { Log } from "../log.ts";
import { parseRedisAddress } from "./address.ts";
import { checkRedis } from "./check.ts";
import { openClient } from "./clients.ts";
import { inTime, openDoor, type RedisClient } from "./door.ts";
import { listenForHints } from "./hints.ts";
import { keysUnder } from "./keys.ts";
import { RedisLog } from "./redis-log.ts";

export interface RedisLogOptions extends Partial<StoreLimits> {
	/** `redis://user:password@host:port/0`, `redis+sentinel://…/name` or `redis+cluster://…`; with `rediss` for TLS. */
	readonly url: string;
	/** What all keys begin with; `holdfast` unless told otherwise. */
	readonly prefix?: string;
	readonly clock?: Clock;
	readonly random?: Random;
}

/** Milliseconds in which Redis must be there. */
const patience = 5000;

/**
 * A log that any number of nodes share. `maxStoreBytes` is for Redis itself to say (`maxmemory`).
 *
 * @throws HoldfastError `bad_request` for a limit or an address that is none; `store_unavailable` where Redis does not answer, is
 * older than 7, or may drop what it holds.
 */
export async function redisLog(options: RedisLogOptions): Promise<Log> {
	const { url, prefix = "holdfast", clock = systemClock, random = systemRandom, ...given } = options;
	const limits = resolveOptions(storeOptions, given);
	const address = parseRedisAddress(url);
	const calls = openClient(address);
	const listener = openClient(address, { hints: true });
	const end = async () => {
		for (const one of [calls, listener]) one.disconnect();
	};
	// What breaks is met by the calls; the connections come back by themselves.
	for (const one of [calls, listener]) one.on("error", () => undefined);
	try {
		const { keeps } = await checkInTime(calls);
		const hints = listenForHints(listener, newEpoch(systemRandom));
		return new RedisLog({
			door: openDoor(calls, systemClock),
			hints,
			keys: keysUnder(prefix),
			clock,
			random,
			limits,
			keeps,
			end,
		});
	} catch (error) {
		await end();
		throw error;
	}
}

async function checkInTime(client: RedisClient): ReturnType<typeof checkRedis> {
	try {
		return await inTime(systemClock, patience, checkRedis(client));
	} catch (cause) {
		if (cause instanceof HoldfastError) throw cause;
		throw new HoldfastError("store_unavailable", `Redis cannot be reached: ${(cause as Error).message}`, { cause });
	}
}
