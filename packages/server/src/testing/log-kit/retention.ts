import assert from "node:assert/strict";
import { type Case, dataOf, draft, eventually, much, offsetsOf, publish, range } from "./log-world.ts";

export const retention: Readonly<Record<string, Case>> = {
	"the newest n messages are kept": async (world) => {
		const log = await world.open({ retentionMessages: 3 });
		await publish(log, "chat", ...range(1, 10));
		const info = await log.describe("chat");
		assert.deepEqual([info.messages, info.first?.offset, info.head.offset], [3, 8, 10]);
		assert.deepEqual(dataOf((await log.read("chat", "first", much)).messages), [8, 9, 10]);
	},

	"one append of more than is kept keeps its newest": async (world) => {
		const log = await world.open({ retentionMessages: 3 });
		await log.append(range(1, 50).map((n) => draft("chat", n)));
		assert.deepEqual(offsetsOf((await log.read("chat", "first", much)).messages), [48, 49, 50]);
	},

	"the newest bytes are kept": async (world) => {
		const log = await world.open({ retentionBytes: 10_000 });
		await publish(log, "chat", ...range(1, 20).map(() => "x".repeat(998)));
		const info = await log.describe("chat");
		assert.deepEqual([info.messages, info.bytes], [10, 10_000]);
	},

	"the newest message is kept though it alone is more than the bytes": async (world) => {
		const log = await world.open({ retentionBytes: 1024 });
		await publish(log, "chat", "small", "x".repeat(5000));
		assert.deepEqual(offsetsOf((await log.read("chat", "first", much)).messages), [2]);
	},

	"what is older than the age goes with the next append": async (world) => {
		const log = await world.open({ retentionAge: 10_000 });
		await publish(log, "chat", 1, 2);
		world.clock.set(world.clock.now() + 10_000);
		await publish(log, "chat", 3);
		assert.deepEqual(offsetsOf((await log.read("chat", "first", much)).messages), [3]);
	},

	"what is older than the age goes by itself": async (world) => {
		const log = await world.open({ retentionAge: 10_000 });
		await Promise.all(range(1, 250).map((n) => publish(log, `channel-${n}`, 1, 2)));
		world.clock.advance(20_000);
		const kept = async () => {
			world.clock.advance(1000);
			const { channels } = await log.list({ prefix: "", after: "", limit: 1000 });
			return channels.reduce((sum, { messages }) => sum + messages, 0);
		};
		await eventually(async () => (await kept()) === 0, "all messages are swept");
		const { head, first, bytes } = await log.describe("channel-7");
		assert.deepEqual([head.offset, first, bytes], [2, null, 0]);
	},

	"offsets go on when everything has been trimmed": async (world) => {
		const log = await world.open({ retentionAge: 10_000 });
		await publish(log, "chat", 1, 2);
		world.clock.set(world.clock.now() + 10_000);
		const [third] = await publish(log, "chat", 3);
		assert.match(third?.id ?? "", /-3$/);
	},

	"a cursor older than what is kept is told as expired, and goes on from the oldest": async (world) => {
		const log = await world.open({ retentionMessages: 3 });
		const { head: empty } = await log.describe("chat");
		await publish(log, "chat", ...range(1, 10));
		for (const offset of [0, 3, 6]) {
			const page = await log.read("chat", { ...empty, offset }, much);
			assert.deepEqual(page.gap, { next: { ...empty, offset: 7 }, reason: "expired" });
			assert.deepEqual([page.after.offset, offsetsOf(page.messages)], [offset, [8, 9, 10]]);
		}
	},

	"a cursor just before the oldest kept is whole": async (world) => {
		const log = await world.open({ retentionMessages: 3 });
		const { head: empty } = await log.describe("chat");
		await publish(log, "chat", ...range(1, 10));
		const page = await log.read("chat", { ...empty, offset: 7 }, much);
		assert.deepEqual([page.gap, offsetsOf(page.messages)], [undefined, [8, 9, 10]]);
	},

	"first and last n tell no gap for what was trimmed before": async (world) => {
		const log = await world.open({ retentionMessages: 3 });
		await publish(log, "chat", ...range(1, 10));
		for (const start of ["first", { last: 100 }] as const) assert.equal((await log.read("chat", start, much)).gap, undefined);
	},
};
