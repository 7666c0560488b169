/** A Redis that stands still, that is gone, that tells nothing, and one that has replicas. */
import { HoldfastError, type Log, type RedisClient, redisLog } from "@holdfast/server";
import { Redis } from "ioredis";
import { afterEach, expect, test } from "vitest";
import { quickest } from "../support/quickest.ts";
import { type RunningRedis, startRedis } from "../support/redis.ts";
import { watchFaults } from "../support/world.ts";
import { follow, publish, stored } from "./following.ts";

const much = { messages: 1000, bytes: 1024 ** 2 };
const ends: (() => unknown)[] = [];

afterEach(async () => {
	for (const end of ends.splice(0).reverse()) await end();
});

async function start(...args: readonly string[]): Promise<RunningRedis> {
	const redis = await startRedis(...args);
	ends.push(() => redis.close());
	return redis;
}

async function node(options: Parameters<typeof redisLog>[0]): Promise<Log> {
	const log = await redisLog(options);
	ends.push(() => log.close());
	return log;
}

const until = (log: Log, fresh: boolean) =>
	expect.poll(() => log.freshness?.fresh, { timeout: 20_000, interval: 50 }).toBe(fresh);

/** What it is refused with. */
const refusal = (work: Promise<unknown>): Promise<unknown> =>
	work.then(
		() => "done",
		(error: unknown) => error,
	);

const allOf = async (log: Log) => (await log.read("chat", "first", much)).messages.map(({ data }) => JSON.parse(data));

test("while Redis stands still publishes fail in two seconds and are not stored later; who follows is stale, then has it all and is fresh", async () => {
	const redis = await start();
	const [here, there] = [await node({ url: redis.url }), await node({ url: redis.url })];
	const { data } = follow(here);
	await here.read("chat", "now", much);
	await publish(there, 1);
	await expect.poll(data).toEqual([1]);
	redis.pause();
	// The first of a channel that is watched, of one that nobody has watched, and of one that is being watched just now.
	there.watch("watched-now", () => undefined);
	const drafts = ["chat", "other", "watched-now"].map((channel) => ({ channel, data: "0" }));
	const paused = Date.now();
	const stale = until(here, false).then(() => Date.now() - paused);
	for (const log of [here, there]) {
		const all = () => Promise.all(drafts.map((draft) => refusal(log.append([draft]))));
		const ms = await quickest(2000, async () => {
			for (const error of await all()) expect(error).toMatchObject({ code: "store_unavailable", retryAfter: 2 });
		});
		expect(ms).toBeLessThan(2000);
		expect(await refusal(log.read("chat", "first", much))).toBeInstanceOf(HoldfastError);
	}
	expect(await stale).toBeLessThan(15_000);
	redis.resume();
	await until(here, true);
	await publish(there, 2);
	await expect.poll(data).toEqual([1, 2]);
	expect(await allOf(here)).toEqual([1, 2]);
	expect((await here.list({ prefix: "", after: "", limit: 9 })).channels.map(({ channel }) => channel)).toEqual(["chat"]);
}, 40_000);

test("a Redis that was killed and keeps what it has acknowledged loses nothing, and is followed on", async () => {
	const redis = await start("--appendonly", "yes", "--appendfsync", "always");
	const quick = { compareInterval: 500 };
	const clients: Redis[] = [];
	// Comes back when it is told to.
	const open = (): RedisClient => {
		const client = new Redis(redis.port, "127.0.0.1", { maxRetriesPerRequest: 0, retryStrategy: () => null });
		clients.push(client);
		return client as unknown as RedisClient;
	};
	const [here, there] = [await node({ open, ...quick }), await node({ url: redis.url, ...quick })];
	const { data, gaps } = follow(here);
	await here.read("chat", "now", much);
	await publish(there, 1);
	await redis.kill();
	expect(await stored(there, "lost")).toBe(false);
	await until(here, false);
	await redis.start();
	await expect.poll(() => stored(there, 2), { timeout: 10_000, interval: 100 }).toBe(true);
	expect(here.freshness?.fresh).toBe(false);
	for (const client of clients) await client.connect();
	// Fresh is who has what came meanwhile.
	await until(here, true);
	expect([data(), gaps()]).toEqual([[1, 2], []]);
}, 40_000);

test("a node without a reader knows too that Redis is away", async () => {
	const redis = await start();
	const log = await node({ url: redis.url, compareInterval: 200 });
	await redis.kill();
	await until(log, false);
	await redis.start();
	await until(log, true);
}, 40_000);

test("a connection for hints that is cut hears again", async () => {
	const redis = await start();
	const [here, there] = [await node({ url: redis.url }), await node({ url: redis.url })];
	const { data } = follow(here);
	await here.read("chat", "now", much);
	await redis.client.call("CLIENT", "KILL", "TYPE", "pubsub");
	await expect.poll(() => hintOf(redis)).not.toBe(undefined);
	await publish(there, 1);
	await expect.poll(data, { timeout: 1000 }).toEqual([1]);
});

test("a subscription that is healthy but deaf is found, and another one takes its place", async () => {
	const redis = await start();
	const deaf: RedisClient[] = [];
	let hearing = false;
	const open = (use: "calls" | "hints"): RedisClient => {
		const client = new Redis(redis.port, "127.0.0.1", { maxRetriesPerRequest: use === "hints" ? null : 0 });
		if (use === "calls") return client as unknown as RedisClient;
		if (hearing) {
			hearing = false;
			return client as unknown as RedisClient;
		}
		const emit = client.emit.bind(client);
		client.emit = (event, ...told) => event !== "smessage" && emit(event, ...told);
		deaf.push(client as unknown as RedisClient);
		return client as unknown as RedisClient;
	};
	const watched = watchFaults();
	ends.push(watched.stop);
	const [here, there] = [await node({ open, compareInterval: 500 }), await node({ url: redis.url })];
	const { data } = follow(here);
	await here.read("chat", "now", much);
	await publish(there, 1);
	hearing = true;
	await expect.poll(() => hearing, { timeout: 20_000 }).toBe(false);
	expect([data(), deaf.length]).toEqual([[1], 1]);
	expect(watched.faults.map(String)).toEqual([expect.stringContaining("not heard")]);
	await publish(there, 2);
	await expect.poll(data, { timeout: 1000 }).toEqual([1, 2]);
	// Nor is one that hears taken for deaf.
	await new Promise((resolve) => setTimeout(resolve, 2000));
	expect(watched.faults).toHaveLength(1);
}, 60_000);

test("with replicas asked for, a publish is acknowledged when they have it, and refused while they are away", async () => {
	const redis = await start();
	const replica = await start("--replicaof", "127.0.0.1", String(redis.port));
	await expect.poll(() => replica.client.info("replication"), { timeout: 10_000 }).toMatch(/master_link_status:up/);
	const log = await node({ url: redis.url, replicas: 1 });
	expect(await stored(log, 1)).toBe(true);
	replica.pause();
	const draft = { channel: "chat", data: "2", idempotencyKey: "two" };
	expect(await refusal(log.append([draft]))).toMatchObject({ code: "store_unavailable" });
	replica.resume();
	// It was stored; whoever asks again by the same key learns that it is there for good.
	expect(await log.append([draft])).toMatchObject([{ known: true }]);
	expect(await allOf(log)).toEqual([1, 2]);
}, 20_000);

test("what cannot be is refused in words that help", async () => {
	const redis = await start();
	const message = (options: Parameters<typeof redisLog>[0]) => redisLog(options).catch((error: Error) => error.message);
	expect(await message({ url: "redis://127.0.0.1:1" })).toMatch(/^Redis cannot be reached: connect ECONNREFUSED 127\.0\.0\.1:1$/);
	expect(await message({ url: "redis+cluster://127.0.0.1:7000", replicas: 1 })).toMatch(/0 with a Cluster/);
	expect(await message({ url: redis.url, replicas: 1.5 })).toMatch(/whole number/);
	expect(await message({ url: redis.url, compareInterval: 1 })).toMatch(/100 to 60000/);
	expect(await message({})).toMatch(/url or open/);
	await redis.client.config("SET", "maxmemory-policy", "allkeys-lru");
	expect(await message({ url: redis.url })).toMatch(/Set noeviction/);
});

async function hintOf(redis: RunningRedis): Promise<string | undefined> {
	const channels = (await redis.client.call("PUBSUB", "SHARDCHANNELS")) as string[];
	return channels.find((name) => name.endsWith(":hint:chat"));
}
