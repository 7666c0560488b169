/** Opens the log in Redis. */
import { Redis } from "ioredis";
import { type Clock, type Random, systemClock, systemRandom } from "../../clock.ts";
import { resolveOptions, type StoreLimits, storeOptions } from "../../options.ts";
import { newEpoch } from "../epoch.ts";
import type { Log } from "../log.ts";
import { openDoor } from "./door.ts";
import { listenForHints } from "./hints.ts";
import { keysUnder } from "./keys.ts";
import { RedisLog } from "./redis-log.ts";

export interface RedisLogOptions extends Partial<StoreLimits> {
	/** `redis://user:password@host:port/0`, or `rediss://` for TLS. */
	readonly url: string;
	/** What all keys begin with; `holdfast` unless told otherwise. */
	readonly prefix?: string;
	readonly clock?: Clock;
	readonly random?: Random;
}

/** @throws HoldfastError `bad_request` for a limit out of its bounds. */
export function redisLog({
	url,
	prefix = "holdfast",
	clock = systemClock,
	random = systemRandom,
	...limits
}: RedisLogOptions): Log {
	// What cannot be sent at once is refused, and what was under way when a connection broke is not sent again.
	const options = { enableOfflineQueue: true, autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0 };
	const client = new Redis(url, options);
	const listener = new Redis(url, { ...options, maxRetriesPerRequest: null });
	for (const one of [client, listener]) one.on("error", () => undefined);
	return new RedisLog({
		door: openDoor(client),
		hints: listenForHints(listener, newEpoch(systemRandom), () => undefined),
		keys: keysUnder(prefix),
		clock,
		random,
		limits: resolveOptions(storeOptions, limits),
		keeps: false,
		async end() {
			client.disconnect();
			listener.disconnect();
		},
	});
}
