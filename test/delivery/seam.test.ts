/** Where history ends and live begins: each race staged on a log that is held at the very place, for each way to read. */
import { memoryLog } from "@holdfast/server";
import {
	allWays,
	FullClient,
	HeldLog,
	type ReadAsked,
	type Stage,
	type TestReader,
	World,
	type WorldOptions,
} from "@holdfast/server/testing";
import { describe, expect, test } from "vitest";
import { numbers } from "./publishing.ts";

const stages: readonly Stage[] = ["asked", "answered"];

/** The reader's own read; the other kind is the feed's, of its head. */
const page = ({ limit }: ReadAsked) => limit.messages > 1;
const head = ({ limit }: ReadAsked) => limit.messages === 1;

/** Long enough for whatever is under way in this process to have ended. */
async function turns(): Promise<void> {
	for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
}

function staged(run: (world: World, log: HeldLog) => Promise<void>, options: WorldOptions = {}): () => Promise<void> {
	return async () => {
		const log = new HeldLog(memoryLog());
		const world = await World.start(log, options);
		try {
			await run(world, log);
		} finally {
			await world.close();
			await log.close();
		}
	};
}

async function publish(world: World, channel: string, ...data: unknown[]): Promise<string> {
	let id = "";
	for (const one of data) ({ id } = await world.holdfast.publish(channel, one));
	return id;
}

const dataOf = (reader: TestReader, name: string) =>
	reader.messages.filter(({ channel }) => channel === name).map(({ data }) => data);

describe.each(allWays)("$name", (way) => {
	test.each(stages)(
		"a message kept while the first page has been %s, and delivered to others, comes once and in its place",
		(stage) =>
			staged(async (world, log) => {
				await publish(world, "chat", 0, 1, 2);
				const other = await world.open(way, { channels: ["chat"] });
				const hold = log.holdRead(stage, ({ start }) => start === "first");
				const opening = world.open(way, { channels: ["chat"], after: "first" });
				await hold.reached;
				await publish(world, "chat", 3);
				await other.take(1);
				hold.release();
				const reader = await opening;
				await publish(world, "chat", 4);
				expect(await reader.take(5)).toEqual(numbers(0, 5));
			})(),
	);

	test(
		"a message kept in the turn in which the reader hears its first page comes once",
		staged(async (world, log) => {
			await publish(world, "chat", 0, 1, 2);
			const hold = log.holdRead("answered", ({ start }) => start === "first");
			const opening = world.open(way, { channels: ["chat"], after: "first" });
			await hold.reached;
			hold.release();
			const kept = publish(world, "chat", 3, 4, 5);
			const reader = await opening;
			await kept;
			await publish(world, "chat", 6);
			expect(await reader.take(7)).toEqual(numbers(0, 7));
		}),
	);

	test.each(stages)("a message kept while a later page has been %s comes once and in its place", (stage) =>
		staged(
			async (world, log) => {
				await publish(world, "chat", ...numbers(0, 4));
				const hold = log.holdRead(stage, ({ start }) => typeof start === "object" && "offset" in start && start.offset === 2);
				const opening = world.open(way, { channels: ["chat"], after: "first", limit: 2 });
				await hold.reached;
				const reader = await opening;
				expect(await reader.take(2)).toEqual([0, 1]);
				await publish(world, "chat", 4);
				await turns();
				hold.release();
				await publish(world, "chat", 5);
				expect(await reader.take(6)).toEqual(numbers(0, 6));
			},
			{ pageMessages: 2 },
		)(),
	);

	test(
		"a message that can be read before it is told, which puts the reader ahead of its channel's head, comes once",
		staged(async (world, log) => {
			await publish(world, "chat", 0);
			const other = await world.open(way, { channels: ["chat"] });
			const tell = log.holdTold();
			await publish(world, "chat", 1);
			const reader = await world.open(way, { channels: ["chat"], after: "first" });
			await reader.take(2);
			await publish(world, "chat", 2);
			tell();
			await publish(world, "chat", 3);
			expect(await reader.take(4)).toEqual(numbers(0, 4));
			expect(await other.take(3)).toEqual(numbers(1, 3));
		}),
	);

	test.each(stages)("a channel removed while the first page has been %s is told as reset, once", (stage) =>
		staged(async (world, log) => {
			const first = await publish(world, "chat", 0);
			await publish(world, "chat", 1, 2);
			const hold = log.holdRead(stage, ({ start }) => typeof start === "object");
			const opening = world.open(way, { channels: ["chat"], after: first });
			await hold.reached;
			await log.remove("chat");
			await publish(world, "chat", "new");
			await turns();
			hold.release();
			const reader = await opening;
			await publish(world, "chat", "newer");
			const expected = stage === "asked" ? ["new", "newer"] : [1, 2, "new", "newer"];
			expect(await reader.take(expected.length)).toEqual(expected);
			expect(reader.gaps.map(({ reason }) => reason)).toEqual(["reset"]);
		})(),
	);

	test(
		"a removal that can be read before it is told keeps no reader asking, and comes once",
		staged(async (world, log) => {
			const first = await publish(world, "chat", 0);
			await publish(world, "chat", 1);
			const other = await world.open(way, { channels: ["chat"] });
			const tell = log.holdTold();
			await log.remove("chat");
			const reader = await world.open(way, { channels: ["chat"], after: first });
			await reader.until(() => reader.gaps.length === 1, "a gap");
			tell();
			await publish(world, "chat", "new");
			expect(await reader.take(1)).toEqual(["new"]);
			expect(await other.take(1)).toEqual(["new"]);
			expect([reader, other].map(({ gaps }) => gaps.map(({ reason }) => reason))).toEqual([["reset"], ["reset"]]);
			// Short polls and whoever waits for the told ask a few times, and not without end.
			expect(log.reads).toBeLessThan(1000);
		}),
	);
});

describe.each(allWays.filter(({ name }) => name !== "short poll"))("$name", (way) => {
	test.each(stages)("a message kept while the read of the head has been %s comes once", (stage) =>
		staged(async (world, log) => {
			const last = await publish(world, "chat", 0, 1);
			const hold = log.holdRead(stage, head);
			const opening = world.open(way, { channels: ["chat"], after: last });
			await hold.reached;
			await publish(world, "chat", 2);
			await turns();
			await publish(world, "chat", 3);
			hold.release();
			const reader = await opening;
			await publish(world, "chat", 4);
			expect(await reader.take(3)).toEqual([2, 3, 4]);
		})(),
	);

	test.each(stages)("a channel removed while the read of the head has been %s is told as reset, once", (stage) =>
		staged(async (world, log) => {
			const last = await publish(world, "chat", 0, 1);
			const hold = log.holdRead(stage, head);
			const opening = world.open(way, { channels: ["chat"], after: last });
			await hold.reached;
			await publish(world, "chat", 2);
			await log.remove("chat");
			await publish(world, "chat", "new");
			await turns();
			hold.release();
			const reader = await opening;
			await publish(world, "chat", "newer");
			// It begins where the head was that has been read, and is told all that came after it.
			const expected = stage === "asked" ? ["new", "newer"] : [2, "new", "newer"];
			expect(await reader.take(expected.length)).toEqual(expected);
			expect(reader.gaps.map(({ reason }) => reason)).toEqual(["reset"]);
		})(),
	);
});

describe.each(allWays.filter(({ sets }) => sets))("$name of two channels", (way) => {
	test.each(stages)("messages kept in both while the page of one has been %s come once, also where that one is ahead", (stage) =>
		staged(async (world, log) => {
			await publish(world, "a", 0);
			await publish(world, "b", 0);
			const other = await world.open(way, { channels: ["a", "b"] });
			const hold = log.holdRead(stage, (read) => page(read) && read.channel === "b" && read.start === "first");
			const opening = world.open(way, { channels: ["a", "b"], after: "first" });
			await hold.reached;
			await publish(world, "a", 1);
			await publish(world, "b", 1);
			await other.take(2);
			hold.release();
			const reader = await opening;
			await publish(world, "b", 2);
			await publish(world, "a", 2);
			await reader.take(6);
			expect([dataOf(reader, "a"), dataOf(reader, "b")]).toEqual([numbers(0, 3), numbers(0, 3)]);
		})(),
	);

	test(
		"a message that can be read before it is told puts the reader ahead in one channel, while it is behind in the other",
		staged(async (world, log) => {
			await publish(world, "a", 0);
			await publish(world, "b", 0);
			const other = await world.open(way, { channels: ["a", "b"] });
			const hold = log.holdRead("answered", (read) => page(read) && read.channel === "b" && read.start === "first");
			const tell = log.holdTold();
			await publish(world, "a", 1);
			const opening = world.open(way, { channels: ["a", "b"], after: "first" });
			await hold.reached;
			await publish(world, "b", 1);
			hold.release();
			const reader = await opening;
			tell();
			await publish(world, "a", 2);
			await publish(world, "b", 2);
			await Promise.all([reader.take(6), other.take(4)]);
			expect([dataOf(reader, "a"), dataOf(reader, "b")]).toEqual([numbers(0, 3), numbers(0, 3)]);
			expect([dataOf(other, "a"), dataOf(other, "b")]).toEqual([numbers(1, 2), numbers(1, 2)]);
		}),
	);
});

describe("WebSocket full, two channels on one connection", () => {
	test(
		"that fills up: both are late, both go on when there is room, and neither loses anything",
		staged(async (world) => {
			const client = await FullClient.connect(world);
			const a = await client.subscribe({ channels: ["a"] });
			const b = await client.subscribe({ channels: ["b"] });
			a.pause();
			const text = "x".repeat(20_000);
			let count = 0;
			const isFull = () => [...world.sockets].some((socket) => socket.writableLength > 0);
			for (let full = 0; full < 20; count++) {
				await publish(world, "a", [count, text]);
				await publish(world, "b", [count, text]);
				await turns();
				if (isFull()) full++;
			}
			a.resume();
			await Promise.all([a.take(count), b.take(count)]);
			for (const reader of [a, b]) expect(reader.data.map((data) => (data as [number])[0])).toEqual(numbers(0, count));
			client.close();
		}),
	);
});
