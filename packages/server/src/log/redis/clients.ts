/** Clients of `ioredis` as this store needs them: nothing is sent twice, and nothing waits longer than we do. */
import type * as ioredis from "ioredis";
import type { RedisAddress } from "./address.ts";
import { patience, type RedisClient } from "./door.ts";

const usual = {
	connectTimeout: 2000,
	retryStrategy: (tries: number) => Math.min(100 * tries, 1000),
};

export type Library = typeof ioredis;

/** Only where it is wanted: most servers have no Redis, and need not load a client for it. */
export const loadLibrary = (): Promise<Library> => import("ioredis");

/** `hints`: one that listens, whose subscriptions wait for a connection; else one whose calls do not. */
export function openClient({ Cluster, Redis }: Library, address: RedisAddress, { hints = false } = {}): RedisClient {
	const { kind, tls, username, password, hosts, name = "", database } = address;
	const one = {
		...usual,
		maxRetriesPerRequest: hints ? null : 0,
		// What was under way when a connection broke may have been done, and whoever asked decides whether to ask again. Only a
		// subscription may be asked for twice; without this it would be forgotten without a word.
		autoResendUnfulfilledCommands: hints,
		// Its promises of doing so nobody would hold: one that failed would end the process. Hints see to it themselves.
		autoResubscribe: false,
		// A connection that gives no answer is dead, or its Redis is; what was asked over it has been given up before.
		...(hints ? {} : { socketTimeout: 2 * patience }),
		...(username === undefined ? {} : { username }),
		...(password === undefined ? {} : { password }),
		...(tls ? { tls: {} } : {}),
	};
	if (kind === "cluster") {
		return new Cluster([...hosts], {
			redisOptions: one,
			shardedSubscribers: hints,
			clusterRetryStrategy: usual.retryStrategy,
			// A call that is sent again to another master might be done twice.
			retryDelayOnFailover: 0,
			slotsRefreshTimeout: 2000,
		}) as unknown as RedisClient;
	}
	if (kind === "sentinel") {
		return new Redis({
			...one,
			sentinels: [...hosts],
			name,
			sentinelRetryStrategy: usual.retryStrategy,
			// A master that was replaced while it hung would go on taking what it then loses, until it is told.
			failoverDetector: true,
			// One that has become a replica would go on to be read, behind the others.
			reconnectOnError: ({ message }) => message.startsWith("READONLY"),
			// `tls` alone would be for neither.
			...(tls ? { sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
		}) as unknown as RedisClient;
	}
	const [{ host, port } = { host: "127.0.0.1", port: 6379 }] = hosts;
	return new Redis({ ...one, host, port, db: database }) as unknown as RedisClient;
}
