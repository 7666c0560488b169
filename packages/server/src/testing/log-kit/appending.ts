import assert from "node:assert/strict";
import { formatCursor, type Message } from "@holdfast/protocol";
import { type Case, dataOf, draft, eventually, much, offsetsOf, publish, range, readAll, stored } from "./log-world.ts";

const tracesOf = (messages: readonly Message[]) => messages.map(({ traceparent }) => traceparent);

export const appending: Readonly<Record<string, Case>> = {
	"offsets begin at 1 and have no holes": async (world) => {
		const log = await world.open();
		const receipts = await publish(log, "chat", "a", "b", "c");
		const { epoch } = (await log.describe("chat")).head;
		assert.deepEqual(
			receipts.map(({ id }) => id),
			[1, 2, 3].map((offset) => formatCursor({ epoch, offset })),
		);
		assert.ok(receipts.every(({ known, channel }) => !known && channel === "chat"));
	},

	"many publishers at once leave no hole, and each gets its own place": async (world) => {
		const log = await world.open();
		const all = await Promise.all(
			range(1, 300).map((n) => log.append([draft(n % 3 === 0 ? "even" : "chat", n), draft("chat", -n)])),
		);
		const [page] = await readAll(log, "chat");
		assert.deepEqual(offsetsOf(page?.messages ?? []), range(1, 500));
		const byId = new Map(page?.messages.map(({ id, data }) => [id, data]));
		for (const [i, receipts] of all.entries()) assert.equal(byId.get(stored(receipts)[1]?.id ?? ""), String(-(i + 1)));
	},

	"one append keeps its drafts in their order, over several channels": async (world) => {
		const log = await world.open();
		const receipts = stored(await log.append([draft("a", 1), draft("b", 2), draft("a", 3), draft("b", 4)]));
		assert.deepEqual(
			receipts.map(({ channel, id }) => [channel, id.split("-")[1]]),
			[
				["a", "1"],
				["b", "1"],
				["a", "2"],
				["b", "2"],
			],
		);
		assert.deepEqual(dataOf((await log.read("b", "first", much)).messages), [2, 4]);
	},

	"an append of nothing keeps nothing": async (world) => {
		const log = await world.open();
		assert.deepEqual(await log.append([]), []);
	},

	"a message comes back as it was given": async (world) => {
		const log = await world.open();
		const hostile = ['"\\u0000\\r\\n"', '"\u2028é𝄞"', '{"a":[1,2,{"b":null}]}', '""', "0"];
		const drafts = hostile.map((data) => ({ channel: "chat", data, event: "sa:id é", key: "k\u2029", from: "ann" }));
		const receipts = stored(await log.append([...drafts, { channel: "chat", data: '"AAE="', encoding: "base64" }]));
		const { messages } = await log.read("chat", "first", much);
		const expected = [...drafts, { channel: "chat", data: '"AAE="', encoding: "base64" }];
		assert.deepEqual(
			messages,
			expected.map((fields, i) => ({ ...fields, id: receipts[i]?.id, offset: i + 1, time: world.clock.now() })),
		);
	},

	"a message comes back with its place in a trace, to those who read and those who watch": async (world) => {
		const log = await world.open();
		const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
		const told: Message[] = [];
		log.watch("chat", ({ messages }) => told.push(...messages));
		await log.read("chat", "now", much);
		await log.append([draft("chat", 1, { traceparent, event: "said" }), draft("chat", 2)]);
		const { messages } = await log.read("chat", "first", much);
		await eventually(async () => told.length === 2, "the watcher is told");
		for (const got of [messages, told]) assert.deepEqual(tracesOf(got), [traceparent, undefined]);
	},

	"a message is stamped with the clock's time": async (world) => {
		const log = await world.open();
		const [first] = await publish(log, "chat", 1);
		world.clock.advance(1234);
		const [second] = await publish(log, "chat", 2);
		assert.equal((second?.time ?? 0) - (first?.time ?? 0), 1234);
	},

	"time never goes back in a channel, though the clock does": async (world) => {
		const log = await world.open();
		const [first] = await publish(log, "chat", 1);
		world.clock.set(world.clock.now() - 60_000);
		const [second] = await publish(log, "chat", 2);
		assert.equal(second?.time, first?.time);
	},

	"a large message is kept whole": async (world) => {
		const log = await world.open();
		const large = "x".repeat(300_000);
		await publish(log, "chat", large, "small");
		assert.deepEqual(dataOf((await log.read("chat", "first", much)).messages), [large, "small"]);
	},

	"a store that is full refuses the whole append with disk_full, and goes on to be read": async (world) => {
		const log = await world.open({ maxStoreBytes: 1024 ** 2 });
		const fill = "x".repeat(50_000);
		let kept = 0;
		await assert.rejects(
			async () => {
				for (; kept < 100; kept++) await publish(log, "chat", fill);
			},
			{ code: "disk_full" },
		);
		assert.ok(kept > 5, `${kept} messages fit`);
		await assert.rejects(log.append([draft("other", fill), draft("chat", fill)]), { code: "disk_full" });
		assert.equal((await log.describe("chat")).head.offset, kept);
		assert.equal((await log.describe("other")).head.offset, 0);
		assert.equal((await readAll(log, "chat")).flatMap(({ messages }) => messages).length, kept);
	},

	"a full store takes messages again once a channel is removed": async (world) => {
		const log = await world.open({ maxStoreBytes: 1024 ** 2 });
		const fill = "x".repeat(50_000);
		await assert.rejects(publish(log, "chat", ...range(1, 100).map(() => fill)), { code: "disk_full" });
		await log.remove("chat");
		assert.equal((await publish(log, "chat", fill)).length, 1);
	},
};
