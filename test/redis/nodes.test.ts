/** Several servers on one Redis: a reader comes back to any of them, and publishes go to any of them. */
import { type Log, redisLog } from "@holdfast/server";
import { type Way, World, wireWays } from "@holdfast/server/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningRedis, startRedis } from "../support/redis.ts";

let redis: RunningRedis;
const logs: Log[] = [];
const worlds: World[] = [];

beforeAll(async () => {
	redis = await startRedis();
	for (let i = 0; i < 3; i++) {
		const log = await redisLog({
			url: redis.url,
			// No round comes between what is counted.
			compareInterval: 60_000,
		});
		logs.push(log);
		worlds.push(await World.start(log));
	}
});

afterAll(async () => {
	for (const world of worlds) await world.close();
	for (const log of logs) await log.close();
	await redis.close();
});

const nodeAt = (i: number) => worlds[i % worlds.length] as World;
const total = 60;

/** Publishes 0, 1, 2 … each over another node, the next when the last is acknowledged. */
async function publishAll(channel: string): Promise<void> {
	for (let i = 0; i < total; i++) expect((await nodeAt(i).publish(channel, i)).status).toBe(201);
}

/** Reads everything in steps of a few messages, each over another node. */
async function readAll(channels: readonly string[], wayAt: (step: number) => Way, first = 0): Promise<readonly unknown[]> {
	const seen: unknown[] = [];
	let after = "first";
	for (let step = first; seen.length < total * channels.length; step++) {
		const reader = await nodeAt(step).open(wayAt(step), { channels, after });
		await reader.until(() => reader.messages.length > 0, "a message");
		reader.close();
		seen.push(...reader.messages.map(({ channel, data }) => (channels.length > 1 ? [channel, data] : data)));
		expect(reader.gaps).toEqual([]);
		after = reader.cursor ?? after;
	}
	return seen;
}

const numbers = Array.from({ length: total }, (_, i) => i);

describe.each(wireWays)("$name", (way) => {
	test("a reader that comes back to another node at each step has everything once and in order", async () => {
		const channel = `steps-${way.name.replace(/ /g, "-")}`;
		const [seen] = await Promise.all([readAll([channel], () => way), publishAll(channel)]);
		expect(seen).toEqual(numbers);
	});
});

test("so does one that changes its transport with the node", async () => {
	const wayAt = (step: number) => wireWays[step % wireWays.length] as Way;
	const readers = [0, 1, 2, 3].map((first) => readAll(["turns"], wayAt, first));
	const [seen] = await Promise.all([Promise.all(readers), publishAll("turns")]);
	expect(seen).toEqual(readers.map(() => numbers));
});

test("and one that follows several channels by one cursor", async () => {
	const sets = wireWays.filter(({ sets }) => sets);
	const channels = ["set-a", "set-b"];
	const [seen] = await Promise.all([
		readAll(channels, (step) => sets[step % sets.length] as Way),
		...channels.map((channel) => publishAll(channel)),
	]);
	for (const channel of channels) {
		expect(seen.filter((one) => (one as [string])[0] === channel)).toEqual(numbers.map((i) => [channel, i]));
	}
});

test("the same idempotency key, sent to three nodes at once, stores once, again and again", async () => {
	for (let round = 0; round < 20; round++) {
		const labels = { idempotencyKey: `key-${round}` };
		const answers = await Promise.all(worlds.map((world) => world.publish("once", round, labels)));
		expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
		expect(new Set(answers.map((answer) => (answer.json() as { id: string }).id)).size).toBe(1);
	}
	const answer = await nodeAt(0).request("/v1/channels/once/messages?after=first");
	const { messages } = answer.json() as { messages: { data: unknown }[] };
	expect(messages.map(({ data }) => data)).toEqual(numbers.slice(0, 20));
	// By other nodes and with other data it is refused.
	expect((await nodeAt(1).publish("once", "other", { idempotencyKey: "key-0" })).status).toBe(409);
});

test("a thousand readers of a node cost one read of Redis a message that another node published, and a publish one call", async () => {
	const [here, there] = worlds as [World, World];
	const readers = Array.from({ length: 1000 }, () => {
		let heard = 0;
		const subscription = here.holdfast.subscribe("crowd", { message: () => void heard++ });
		return { ...subscription, heard: () => heard };
	});
	await Promise.all(readers.map(({ ready }) => ready));
	const before = await calls();
	for (let i = 0; i < 10; i++) {
		await there.holdfast.publish("crowd", i);
		await expect.poll(() => readers.every(({ heard }) => heard() === i + 1), { interval: 5 }).toBe(true);
	}
	const after = await calls();
	expect(after.appends - before.appends).toBe(10);
	expect(after.changes - before.changes).toBe(10);
	expect(after.reads - before.reads).toBe(10);
	// The node that publishes has no need to read at all.
	for (let i = 10; i < 20; i++) await here.holdfast.publish("crowd", i);
	await expect.poll(() => readers.every(({ heard }) => heard() === 20)).toBe(true);
	expect((await calls()).reads - after.reads).toBe(0);
	for (const { close } of readers) close();
});

/** How often Redis was asked to do something, and to read, and how often something was appended. */
async function calls(): Promise<{ readonly changes: number; readonly reads: number; readonly appends: number }> {
	const stats = await redis.client.info("commandstats");
	const count = (name: string) => Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
	return { changes: count("fcall"), reads: count("fcall_ro"), appends: count("xadd") };
}
