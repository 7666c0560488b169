/** The log in Redis, where it differs from a store that one process has for itself: several nodes, and a Redis that fails. */
import { cpSync, rmSync } from "node:fs";
import { type Log, type LogPage, redisLog } from "@holdfast/server";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort, type RunningRedis, startRedis } from "../support/redis.ts";
import { follow, publish, stored } from "./following.ts";

const much = { messages: 1000, bytes: 1024 ** 2 };
const ends: (() => Promise<unknown>)[] = [];
let redis: RunningRedis;

afterEach(async () => {
	for (const end of ends.splice(0).reverse()) await end();
});

async function begin(...args: readonly string[]): Promise<void> {
	redis = await startRedis(...args);
	ends.push(() => redis.close());
}

async function node(): Promise<Log> {
	const log = await redisLog({ url: redis.url });
	ends.push(() => log.close());
	return log;
}

const nodes = (count: number) => Promise.all(Array.from({ length: count }, node));

/** What a reader that reads on from `after` is told. */
async function readOn(log: Log, after: LogPage["next"]) {
	const told: unknown[] = [];
	for (let at = after, more = true; more; ) {
		const page = await log.read("chat", at, much);
		if (page.gap) told.push(page.gap.reason);
		told.push(...page.messages.map(({ data }) => JSON.parse(data)));
		at = page.next;
		more = page.more;
	}
	return told;
}

describe("on several nodes", () => {
	beforeEach(() => begin());

	test("all are told what each appends, in one order", async () => {
		const all = await nodes(3);
		const readers = all.map(follow);
		await Promise.all(all.map((log) => log.read("chat", "now", much)));
		for (let i = 0; i < 100; i += 4) await Promise.all(all.map((log, n) => publish(log, [n, i], [n, i + 1])));
		await expect.poll(() => readers.map(({ data }) => data().length)).toEqual([150, 150, 150]);
		const [first] = readers;
		for (const { data, gaps } of readers) expect([data(), gaps()]).toEqual([first?.data(), []]);
		expect((await all[0]?.read("chat", "first", much))?.messages.map(({ data }) => JSON.parse(data))).toEqual(first?.data());
	});

	test("the same key on three of them at once stores once", async () => {
		const draft = { channel: "chat", data: "1", idempotencyKey: "k" };
		const receipts = (await Promise.all((await nodes(3)).map((log) => log.append([draft])))).flat();
		expect(new Set(receipts.map((receipt) => "id" in receipt && receipt.id)).size).toBe(1);
		expect(receipts.filter((receipt) => "id" in receipt && !receipt.known)).toHaveLength(1);
	});

	test("what is published costs one round trip", async () => {
		const log = await node();
		await publish(log, 0);
		const calls = async () => Number(/cmdstat_fcall:calls=(\d+)/.exec(await redis.client.info("commandstats"))?.[1]);
		const before = await calls();
		for (let i = 0; i < 10; i++) await publish(log, i);
		expect((await calls()) - before).toBe(10);
		expect(await redis.client.info("commandstats")).not.toMatch(/cmdstat_fcall_ro/);
	});
});

test("a hint that is lost is made up for by comparing heads", async () => {
	await begin();
	const [log, other] = [await node(), await node()];
	const { data } = follow(log);
	await log.read("chat", "now", much);
	await redis.client.call("CLIENT", "KILL", "TYPE", "pubsub");
	await publish(other, 1);
	expect(data()).toEqual([]);
	await expect.poll(data, { timeout: 10_000 }).toEqual([1]);
});

describe("when Redis is away", () => {
	beforeEach(() => begin());

	test("an append is refused within 2 s, and is not stored when Redis goes on", async () => {
		const log = await node();
		await publish(log, "before");
		redis.pause();
		const began = performance.now();
		await expect(publish(log, "lost")).rejects.toMatchObject({ code: "store_unavailable", retryAfter: 2 });
		expect(performance.now() - began).toBeLessThan(2000);
		await new Promise((resolve) => setTimeout(resolve, 500));
		redis.resume();
		await expect.poll(() => stored(log, "after"), { timeout: 10_000 }).toBe(true);
		expect(await readOn(log, (await log.read("chat", "first", { messages: 1, bytes: 1 })).after)).toEqual(["before", "after"]);
	});

	test("who watches goes on where they were", async () => {
		const [log, other] = [await node(), await node()];
		const { data, gaps } = follow(log);
		await publish(log, 1);
		redis.pause();
		await expect(publish(other, 2)).rejects.toThrow();
		redis.resume();
		await expect.poll(() => stored(other, 3), { timeout: 10_000 }).toBe(true);
		await expect.poll(data, { timeout: 15_000 }).toEqual([1, 3]);
		expect(gaps()).toEqual([]);
	});
});

describe("a Redis that is killed", () => {
	/** With `everysec` it writes later while the disk is busy; what is to outlive a kill has to be in the file. */
	const written = () => expect.poll(() => redis.client.info("persistence"), { timeout: 10_000 }).toContain("aof_buffer_length:0");

	test("and flushed each write, goes on as if nothing had been", async () => {
		await begin("--appendonly", "yes", "--appendfsync", "always");
		const log = await node();
		const { data, gaps } = follow(log);
		await publish(log, 1, 2);
		const { next } = await log.read("chat", "now", much);
		await redis.kill();
		await redis.start();
		await expect.poll(() => stored(log, 3), { timeout: 15_000 }).toBe(true);
		expect(await readOn(log, next)).toEqual([3]);
		await expect.poll(data, { timeout: 15_000 }).toEqual([1, 2, 3]);
		expect(gaps()).toEqual([]);
	});

	test("and may have lost a tail, is told as a reset once, and what it kept is not lost or repeated", async () => {
		await begin("--appendonly", "yes", "--appendfsync", "everysec");
		const log = await node();
		const { data, gaps } = follow(log);
		await publish(log, 1, 2);
		const { next } = await log.read("chat", "now", much);
		const { after: start } = await log.read("chat", "first", much);
		await written();
		await redis.kill();
		await redis.start();
		await expect.poll(() => stored(log, 3), { timeout: 15_000 }).toBe(true);
		await publish(log, 4);
		expect(await readOn(log, next)).toEqual(["reset", 3, 4]);
		expect(await readOn(log, start)).toEqual([1, 2, "reset", 3, 4]);
		await expect.poll(data, { timeout: 15_000 }).toEqual([1, 2, 3, 4]);
		expect(gaps()).toEqual(["reset"]);
	});

	test("again and again, is remembered for its kept messages alone; keys are remembered in any case", async () => {
		await begin("--appendonly", "yes", "--appendfsync", "everysec");
		const log = await redisLog({ url: redis.url, retentionMessages: 2 });
		ends.push(() => log.close());
		const draft = { channel: "chat", data: "0", idempotencyKey: "k" };
		const [first] = await log.append([draft]);
		await written();
		for (let i = 1; i <= 5; i++) {
			await redis.kill();
			await redis.start();
			await expect.poll(() => stored(log, i), { timeout: 15_000 }).toBe(true);
		}
		const [key = ""] = await redis.client.keys("*:m:chat");
		// One of a message that is kept, and one of what the last append trimmed.
		expect((await redis.client.hget(key, "past"))?.trim().split(" ")).toHaveLength(2);
		expect(await log.append([draft])).toEqual([{ ...first, known: true }]);
		expect(await readOn(log, { epoch: "other", offset: 0 })).toEqual(["reset", 4, "reset", 5]);
	});

	test("and has lost everything, begins a new life, which is told", async () => {
		await begin();
		const log = await node();
		const { data, gaps } = follow(log);
		await publish(log, 1, 2);
		const { next } = await log.read("chat", "now", much);
		await redis.kill();
		await redis.start();
		await expect.poll(() => stored(log, 3), { timeout: 15_000 }).toBe(true);
		expect(await readOn(log, next)).toEqual(["reset", 3]);
		await expect.poll(data, { timeout: 15_000 }).toEqual([1, 2, 3]);
		expect(gaps()).toEqual(["reset"]);
	});

	test("and has lost a tail, never gives its ids to other messages", async () => {
		await begin("--appendonly", "yes", "--appendfsync", "everysec");
		const log = await node();
		await publish(log, 1, 2);
		const { next: kept } = await log.read("chat", "now", much);
		await written();
		// What a disk would hold that the tail had not reached.
		cpSync(redis.folder, `${redis.folder}-old`, { recursive: true });
		ends.push(async () => rmSync(`${redis.folder}-old`, { recursive: true }));
		const [lost] = await publish(log, "lost");
		const { next: ahead } = await log.read("chat", "now", much);
		await redis.kill();
		rmSync(redis.folder, { recursive: true });
		cpSync(`${redis.folder}-old`, redis.folder, { recursive: true });
		await redis.start();
		await expect.poll(() => stored(log, 3), { timeout: 15_000 }).toBe(true);
		const { messages } = await log.read("chat", "first", much);
		expect(messages.map(({ id }) => id)).not.toContain(lost && "id" in lost && lost.id);
		expect(await readOn(log, ahead)).toEqual(["reset", 3]);
		expect(await readOn(log, kept)).toEqual(["reset", 3]);
	});
});

describe("a Redis that a log cannot be trusted to is refused", () => {
	test("because it may drop what it holds", async () => {
		await begin("--maxmemory-policy", "allkeys-lru");
		await expect(node()).rejects.toMatchObject({ code: "store_unavailable", message: expect.stringContaining("Set noeviction") });
	});

	test("because it is not there", async () => {
		await expect(redisLog({ url: `redis://127.0.0.1:${await freePort()}` })).rejects.toMatchObject({ code: "store_unavailable" });
	});

	test("because its password is another, which is not repeated", async () => {
		await begin("--requirepass", "right");
		const refused = await redisLog({ url: redis.url.replace("//", "//:wrong-one@") }).catch((error: unknown) => error);
		expect(refused).toMatchObject({ code: "store_unavailable" });
		expect(String(refused)).not.toContain("wrong-one");
		const log = await redisLog({ url: redis.url.replace("//", "//:right@") });
		ends.push(() => log.close());
		await publish(log, 1);
	});
});
