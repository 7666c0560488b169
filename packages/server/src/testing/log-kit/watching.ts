import assert from "node:assert/strict";
import { sameCursor } from "@holdfast/protocol";
import type { Log, LogPage } from "../../log/log.ts";
import { type Case, draft, much, offsetsOf, publish, range } from "./log-world.ts";

function follow(log: Log, channel: string): { readonly pages: LogPage[]; end(): void } {
	const pages: LogPage[] = [];
	return { pages, end: log.watch(channel, (page) => pages.push(page)) };
}

export const watching: Readonly<Record<string, Case>> = {
	"a watcher is handed what is kept, in order, each page where the last one ended": async (world) => {
		const log = await world.open({ retentionMessages: 5 });
		await publish(log, "chat", "before");
		const { head } = await log.describe("chat");
		const { pages } = follow(log, "chat");
		await Promise.all(range(1, 100).map((n) => log.append([draft("chat", n), draft("other", n), draft("chat", n)])));
		assert.deepEqual(
			pages.flatMap(({ messages }) => offsetsOf(messages)),
			range(2, 201),
		);
		let last = head;
		for (const { after, next, messages, gap, more } of pages) {
			assert.deepEqual([after, next.offset, gap, more], [last, after.offset + messages.length, undefined, false]);
			last = next;
		}
	},

	"a watcher is handed the same messages that a read gives": async (world) => {
		const log = await world.open();
		const { pages } = follow(log, "chat");
		await log.append([draft("chat", 1, { event: "e", key: "k", from: "ann" }), draft("chat", "AA==", { encoding: "base64" })]);
		assert.deepEqual(pages[0]?.messages, (await log.read("chat", "first", much)).messages);
	},

	"a watcher hears before the append resolves": async (world) => {
		const log = await world.open();
		const heard: string[] = [];
		log.watch("chat", () => heard.push("watcher"));
		await log.append([draft("chat", 1)]).then(() => heard.push("append"));
		assert.deepEqual(heard, ["watcher", "append"]);
	},

	"what a watcher is handed can be read": async (world) => {
		const log = await world.open();
		const reads: Promise<LogPage>[] = [];
		log.watch("chat", ({ after }) => void reads.push(log.read("chat", after, much)));
		await publish(log, "chat", 1, 2, 3);
		for (const [i, page] of (await Promise.all(reads)).entries()) assert.ok(offsetsOf(page.messages).includes(i + 1));
	},

	"a watcher is told no earlier than in the turn in which the append resolves": async (world) => {
		const log = await world.open();
		const seen: number[] = [];
		log.watch("chat", ({ next }) => seen.push(next.offset));
		let kept = false;
		const appended = log.append([draft("chat", 1)]).then(() => {
			kept = true;
		});
		for (let turn = 0; turn < 5000 && !kept; turn++) {
			const early = seen.length > 0;
			await new Promise((resolve) => setImmediate(resolve));
			if (early) assert.ok(kept, "told before it was kept");
		}
		await appended;
		assert.deepEqual(seen, [1]);
	},

	"a repeated key is not handed over again": async (world) => {
		const log = await world.open();
		const { pages } = follow(log, "chat");
		await log.append([draft("chat", 1, { idempotencyKey: "k" })]);
		await log.append([draft("chat", 1, { idempotencyKey: "k" }), draft("chat", 2, { idempotencyKey: "k" })]);
		assert.equal(pages.length, 1);
	},

	"a watcher that ended hears no more, and the others do": async (world) => {
		const log = await world.open();
		const one = follow(log, "chat");
		const two = follow(log, "chat");
		one.end();
		one.end();
		await publish(log, "chat", 1);
		assert.deepEqual([one.pages.length, two.pages.length], [0, 1]);
	},

	"a watcher that appends sees its message after the one that it was told of, and so do the others": async (world) => {
		const log = await world.open();
		const { pages: early } = follow(log, "chat");
		let echo: Promise<unknown> | undefined;
		log.watch("chat", () => {
			echo ??= log.append([draft("chat", "echo")]);
		});
		const { pages: late } = follow(log, "chat");
		await publish(log, "chat", "call");
		await echo;
		for (const pages of [early, late]) {
			assert.deepEqual(
				pages.flatMap(({ messages }) => offsetsOf(messages)),
				[1, 2],
			);
		}
	},

	"a watcher is told the reset when the channel is removed, and then the new life": async (world) => {
		const log = await world.open();
		await publish(log, "chat", 1, 2);
		const { head } = await log.describe("chat");
		const { pages } = follow(log, "chat");
		await log.remove("chat");
		await publish(log, "chat", 3);
		const [reset, grown] = pages;
		assert.ok(reset && grown && pages.length === 2);
		assert.deepEqual([reset.after, reset.messages, reset.gap], [head, [], { next: reset.next, reason: "reset" }]);
		assert.deepEqual([reset.next.offset, grown.after, offsetsOf(grown.messages)], [0, reset.next, [1]]);
		assert.ok(!sameCursor(reset.next, { ...head, offset: 0 }));
	},
};
