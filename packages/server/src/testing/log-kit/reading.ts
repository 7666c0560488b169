import assert from "node:assert/strict";
import { formatCursor, parseCursor } from "@holdfast/protocol";
import { type Case, dataOf, much, offsetsOf, publish, range, readAll } from "./log-world.ts";

export const reading: Readonly<Record<string, Case>> = {
	"first begins with the oldest kept": async (world) => {
		const log = await world.open();
		await publish(log, "chat", 1, 2, 3);
		const page = await log.read("chat", "first", much);
		const { epoch } = page.next;
		assert.deepEqual(dataOf(page.messages), [1, 2, 3]);
		assert.deepEqual(
			[page.after, page.next, page.more, page.gap],
			[{ epoch, offset: 0 }, { epoch, offset: 3 }, false, undefined],
		);
	},

	"now begins at the head": async (world) => {
		const log = await world.open();
		await publish(log, "chat", 1, 2);
		const page = await log.read("chat", "now", much);
		assert.deepEqual([page.messages, page.after.offset, page.next.offset, page.more], [[], 2, 2, false]);
	},

	"last n begins before the newest n, or as many as are kept": async (world) => {
		const log = await world.open();
		await publish(log, "chat", 1, 2, 3);
		assert.deepEqual(dataOf((await log.read("chat", { last: 2 }, much)).messages), [2, 3]);
		const all = await log.read("chat", { last: 10 }, much);
		assert.deepEqual([dataOf(all.messages), all.after.offset, all.gap], [[1, 2, 3], 0, undefined]);
	},

	"a cursor begins after its message": async (world) => {
		const log = await world.open();
		const [first] = await publish(log, "chat", 1, 2, 3);
		const cursor = parseCursor(first?.id ?? "");
		assert.ok(cursor);
		const page = await log.read("chat", cursor, much);
		assert.deepEqual([dataOf(page.messages), page.after, page.gap], [[2, 3], cursor, undefined]);
	},

	"a cursor at the head reads nothing and is told no gap": async (world) => {
		const log = await world.open();
		await publish(log, "chat", 1, 2);
		const { head } = await log.describe("chat");
		const page = await log.read("chat", head, much);
		assert.deepEqual([page.messages, page.next, page.more, page.gap], [[], head, false, undefined]);
	},

	"a page holds as many messages as its limit, and says whether more is kept": async (world) => {
		const log = await world.open();
		await publish(log, "chat", ...range(1, 7));
		const pages = await readAll(log, "chat", "first", { messages: 3, bytes: 1e6 });
		assert.deepEqual(
			pages.map(({ messages, more }) => [offsetsOf(messages), more]),
			[
				[[1, 2, 3], true],
				[[4, 5, 6], true],
				[[7], false],
			],
		);
		for (const [i, page] of pages.entries()) if (i > 0) assert.deepEqual(page.after, pages[i - 1]?.next);
		const exact = await log.read("chat", "first", { messages: 7, bytes: 1e6 });
		assert.equal(exact.more, false);
	},

	"a page holds as many bytes as its limit, and at least one message": async (world) => {
		const log = await world.open();
		const data = "x".repeat(1000);
		await publish(log, "chat", data, data, data, "y".repeat(9000), data);
		const pages = await readAll(log, "chat", "first", { messages: 100, bytes: 2500 });
		assert.deepEqual(
			pages.map(({ messages }) => offsetsOf(messages)),
			[[1, 2], [3], [4], [5]],
		);
	},

	"a channel never published to is an empty log, and reading it stores nothing": async (world) => {
		const log = await world.open();
		const page = await log.read("quiet", "now", much);
		assert.deepEqual([page.messages, page.next.offset, page.more, page.gap], [[], 0, false, undefined]);
		assert.deepEqual((await log.read("quiet", "first", much)).next, page.next);
		assert.deepEqual((await log.list({ prefix: "", after: "", limit: 10 })).channels, []);
	},

	"the cursor of an empty log is good for what is published first": async (world) => {
		const log = await world.open();
		const { next } = await log.read("quiet", "now", much);
		await publish(log, "quiet", "first");
		const page = await log.read("quiet", next, much);
		assert.deepEqual([dataOf(page.messages), page.gap], [["first"], undefined]);
	},

	"a cursor ahead of the head is told as unknown, and goes on from the head": async (world) => {
		const log = await world.open();
		await publish(log, "chat", 1, 2);
		const { head } = await log.describe("chat");
		const page = await log.read("chat", { ...head, offset: 9 }, much);
		assert.deepEqual([page.gap, page.messages, page.next, page.more], [{ next: head, reason: "unknown" }, [], head, false]);
	},

	"a cursor of another epoch is told as reset, and goes on from the oldest kept": async (world) => {
		const log = await world.open({ retentionMessages: 2 });
		await publish(log, "chat", 1, 2, 3);
		const { head } = await log.describe("chat");
		for (const offset of [0, 2, 3, 99]) {
			const page = await log.read("chat", { epoch: "other", offset }, much);
			assert.deepEqual(page.gap, { next: { ...head, offset: 1 }, reason: "reset" });
			assert.deepEqual([dataOf(page.messages), page.next], [[2, 3], head]);
		}
	},

	"a cursor of another epoch is told as reset by an empty log too": async (world) => {
		const log = await world.open();
		const { head } = await log.describe("quiet");
		const page = await log.read("quiet", { epoch: "other", offset: 5 }, much);
		assert.deepEqual([page.gap, page.next, page.more], [{ next: head, reason: "reset" }, head, false]);
	},

	"ids are cursors": async (world) => {
		const log = await world.open();
		await publish(log, "chat", 1);
		const { messages, next } = await log.read("chat", "first", much);
		assert.equal(messages[0]?.id, formatCursor(next));
		assert.deepEqual(parseCursor(formatCursor(next)), next);
	},
};
