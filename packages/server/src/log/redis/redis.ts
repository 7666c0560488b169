/** Opens the log in Redis. */
import { HoldfastError } from "@holdfast/protocol";
import { type Clock, type Random, systemClock, systemRandom } from "../../clock.ts";
import { resolveOptions, type StoreLimits, storeOptions } from "../../options.ts";
import { newEpoch } from "../epoch.ts";
import type { Log } from "../log.ts";
import { parseRedisAddress } from "./address.ts";
import { checkRedis } from "./check.ts";
import { loadLibrary, openClient } from "./clients.ts";
import { inTime, openDoor, type RedisClient } from "./door.ts";
import { listenForHints } from "./hints.ts";
import { keysUnder } from "./keys.ts";
import { RedisLog } from "./redis-log.ts";

export interface RedisLogOptions extends Partial<StoreLimits> {
	/** `redis://user:password@host:port/0`, `redis+sentinel://…/name` or `redis+cluster://…`; with `rediss` for TLS. */
	readonly url?: string;
	/** Clients of your own, in the place of `url`: one for calls, and one for hints, anew when it has gone deaf. */
	readonly open?: (use: "calls" | "hints") => RedisClient;
	/**
	 * How many replicas must have a message before its publish is acknowledged; 0 unless told otherwise. Readers may have it
	 * earlier. Not with a Cluster, where no answer says it.
	 */
	readonly replicas?: number;
	/** Milliseconds between two comparisons of what was told with what there is; 5000 unless told otherwise. */
	readonly compareInterval?: number;
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
	const { url, open, replicas = 0, compareInterval = 5000, prefix = "holdfast", clock, random, ...given } = options;
	const limits = resolveOptions(storeOptions, given);
	const address = url === undefined ? undefined : parseRedisAddress(url);
	if ((address === undefined) === (open === undefined)) throw new HoldfastError("bad_request", "Give either url or open.");
	if (!Number.isSafeInteger(replicas) || replicas < 0 || (replicas > 0 && address?.kind === "cluster")) {
		throw new HoldfastError("bad_request", "replicas is a whole number from 0, and 0 with a Cluster.");
	}
	if (!(compareInterval >= 100 && compareInterval <= 60_000)) {
		throw new HoldfastError("bad_request", "compareInterval is 100 to 60000 milliseconds.");
	}
	const trouble: { last?: unknown } = {};
	const library = address && (await loadLibrary());
	const make = (use: "calls" | "hints") =>
		library ? openClient(library, address, { hints: use === "hints" }) : (open as NonNullable<typeof open>)(use);
	const connect = (use: "calls" | "hints") => {
		const client = make(use);
		// What breaks is met by the calls; the connections come back by themselves.
		client.on("error", (error) => {
			trouble.last = error;
		});
		return client;
	};
	const calls = connect("calls");
	try {
		const { keeps } = await checkInTime(calls, trouble);
		const hints = listenForHints(() => connect("hints"), newEpoch(systemRandom));
		return new RedisLog({
			door: openDoor(calls, systemClock, replicas),
			hints,
			keys: keysUnder(prefix),
			clock: clock ?? systemClock,
			random: random ?? systemRandom,
			limits,
			compareInterval,
			// Behind any other address another Redis may take over.
			keeps: keeps && address?.kind === "single",
			async end() {
				calls.disconnect();
				hints.close();
			},
		});
	} catch (error) {
		calls.disconnect();
		throw error;
	}
}

async function checkInTime(client: RedisClient, trouble: { readonly last?: unknown }): ReturnType<typeof checkRedis> {
	try {
		return await inTime(systemClock, patience, checkRedis(client));
	} catch (cause) {
		if (cause instanceof HoldfastError) throw cause;
		const { message } = (trouble.last ?? cause) as Error;
		throw new HoldfastError("store_unavailable", `Redis cannot be reached: ${message}`, { cause });
	}
}
