/** The log in a Cluster, and under Sentinels. */

import { formatCursor } from "@holdfast/protocol";
import { redisLog } from "@holdfast/server";
import { logKit } from "@holdfast/server/testing";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type RunningRedis, startCluster, startRedis, startSentinels } from "../support/redis.ts";
import { publish, stored } from "./following.ts";

const much = { messages: 1000, bytes: 1024 ** 2 };
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
	for (const end of ends.splice(0).reverse()) await end();
});

describe("in a Cluster of three", () => {
	let cluster: Awaited<ReturnType<typeof startCluster>>;
	let count = 0;

	beforeAll(async () => {
		cluster = await startCluster();
	});

	afterAll(() => cluster.close());

	const apart = "a store that is full refuses the whole append with disk_full, and goes on to be read";

	logKit(
		// Two channels of one append may lie on two masters, of which only one is full: then each draft is answered for itself.
		(name, run) => test.skipIf(name === apart)(name, run),
		async ({ maxStoreBytes, ...options }) => {
			for (const { client } of cluster.masters) {
				await client.flushall();
				const used = Number(/used_memory:(\d+)/.exec(await client.info("memory"))?.[1]);
				await client.config("SET", "maxmemory", maxStoreBytes === undefined ? "0" : String(used + maxStoreBytes));
			}
			const prefix = `test${count++}`;
			const open = () => redisLog({ ...options, url: cluster.url, prefix });
			return { log: await open(), reopen: open };
		},
		{ keeps: true },
	);

	test("where one of two masters is full, its draft is refused and the other one's is stored", async () => {
		const [full, ...others] = cluster.masters;
		const log = await redisLog({ url: cluster.url, prefix: `full${count}` });
		ends.push(() => log.close());
		for (const { client } of others) await client.config("SET", "maxmemory", "0");
		await full?.client.config("SET", "maxmemory", "1");
		const drafts = Array.from({ length: 30 }, (_, i) => ({ channel: `chat${i}`, data: "1" }));
		const receipts = await log.append(drafts);
		const refused = receipts.filter((receipt) => "refused" in receipt);
		expect(new Set(refused.map((receipt) => receipt.refused))).toEqual(new Set(["disk_full"]));
		for (const [i, receipt] of receipts.entries()) {
			expect((await log.describe(`chat${i}`)).messages, receipt.channel).toBe("id" in receipt ? 1 : 0);
		}
		expect(refused.length).toBeLessThan(receipts.length);
	});

	test("every master holds a part of the channels, and nodes hear each other of all of them", async () => {
		for (const { client } of cluster.masters) await client.config("SET", "maxmemory", "0");
		const open = async () => {
			const log = await redisLog({ url: cluster.url, prefix: `test${count}` });
			ends.push(() => log.close());
			return log;
		};
		const [here, there] = [await open(), await open()];
		const channels = Array.from({ length: 30 }, (_, i) => `chat${i}`);
		const heard = new Set<string>();
		for (const channel of channels) here.watch(channel, () => heard.add(channel));
		await Promise.all(channels.map((channel) => here.read(channel, "now", much)));
		await there.append(channels.map((channel) => ({ channel, data: "1" })));
		await expect.poll(() => heard.size, { timeout: 3000 }).toBe(30);
		for (const { client } of cluster.masters) expect((await client.keys("*:s:*")).length).toBeGreaterThan(0);
	});
});

describe("under Sentinels", () => {
	test("a Redis that hands over and takes over again is told as a reset too, though its process is the same", async () => {
		const [first, second] = [await startRedis(), await startRedis()];
		ends.push(first.close, second.close);
		const replicate = async (from: RunningRedis, to: RunningRedis) => {
			await to.client.replicaof("127.0.0.1", from.port);
			await expect.poll(() => to.client.info("replication"), { timeout: 10_000 }).toMatch(/master_link_status:up/);
		};
		const log = await redisLog({ url: first.url });
		ends.push(() => log.close());
		await publish(log, 1);
		const { next } = await log.read("chat", "first", much);
		await replicate(first, second);
		await publish(log, 2);
		const copied = async () => {
			const [stream = ""] = await second.client.keys("*:s:chat");
			return stream === "" ? 0 : second.client.xlen(stream);
		};
		await expect.poll(copied).toBe(2);
		// What `first` stores now is lost: the other one takes over without it.
		await second.client.replicaof("NO", "ONE");
		await publish(log, "lost");
		const lost = (await log.describe("chat")).head;
		await replicate(second, first);
		await first.client.replicaof("NO", "ONE");
		await publish(log, 3);
		const page = await log.read("chat", next, much);
		expect(page.messages.map(({ data }) => JSON.parse(data))).toEqual([2]);
		const rest = await log.read("chat", page.next, much);
		expect([rest.gap?.reason, rest.messages.map(({ data }) => JSON.parse(data))]).toEqual(["reset", [3]]);
		// No id is given twice, and who had what was lost is told so.
		expect(rest.messages[0]?.id).not.toBe(formatCursor(lost));
		expect((await log.read("chat", lost, much)).gap?.reason).toBe("reset");
	});

	test("a failover is told as a reset; what had been replicated is there, and publishing goes on", async () => {
		const sentinels = await startSentinels();
		ends.push(() => sentinels.close());
		const log = await redisLog({ url: sentinels.url });
		ends.push(() => log.close());
		const told: unknown[] = [];
		log.watch("chat", ({ gap, messages }) => {
			if (gap) told.push(gap.reason);
			told.push(...messages.map(({ data }) => JSON.parse(data)));
		});
		await publish(log, 1);
		await publish(log, 2);
		await expect.poll(async () => (await sentinels.replica.client.keys("*:s:chat")).length).toBe(1);
		await sentinels.master.client.wait(1, 1000);
		await sentinels.master.kill();
		await expect.poll(() => stored(log, 3), { timeout: 20_000, interval: 200 }).toBe(true);
		await publish(log, 4);
		await expect.poll(() => told, { timeout: 10_000 }).toEqual([1, 2, "reset", 3, 4]);
		const { messages } = await log.read("chat", { last: 1 }, much);
		expect(messages.map(({ data }) => JSON.parse(data))).toEqual([4]);
	});
});
