import assert from "node:assert/strict";
import { type Case, draft, much, publish, range, stored } from "./log-world.ts";

const keyed = { idempotencyKey: "k" };

export const idempotency: Readonly<Record<string, Case>> = {
	"the same key stores once and is answered with the first receipt": async (world) => {
		const log = await world.open();
		const [first] = stored(await log.append([draft("chat", 1, keyed)]));
		world.clock.advance(5000);
		const [second] = stored(await log.append([draft("chat", 1, keyed)]));
		assert.deepEqual(second, { ...first, known: true });
		assert.equal((await log.describe("chat")).head.offset, 1);
	},

	"a try with another place in a trace is the same": async (world) => {
		const log = await world.open();
		const tries = ["01", "02"].map((span) => `00-${"a".repeat(32)}-${span.repeat(8)}-01`);
		for (const [i, traceparent] of tries.entries()) {
			const [receipt] = stored(await log.append([draft("chat", 1, { ...keyed, traceparent })]));
			assert.equal(receipt?.known, i === 1);
		}
		const { messages } = await log.read("chat", "first", much);
		assert.deepEqual(
			messages.map(({ traceparent }) => traceparent),
			tries.slice(0, 1),
		);
	},

	"two drafts of one append may bear the same key": async (world) => {
		const log = await world.open();
		const receipts = stored(await log.append([draft("chat", 1, keyed), draft("chat", 2), draft("chat", 1, keyed)]));
		assert.deepEqual(receipts[2], { ...receipts[0], known: true });
		assert.equal((await log.describe("chat")).head.offset, 2);
	},

	"the same key at the same time from many stores once": async (world) => {
		const log = await world.open();
		const all = await Promise.all(range(1, 50).map(() => log.append([draft("chat", 1, keyed)])));
		const receipts = all.flatMap(stored);
		assert.equal(new Set(receipts.map(({ id }) => id)).size, 1);
		assert.equal(receipts.filter(({ known }) => !known).length, 1);
		assert.equal((await log.describe("chat")).head.offset, 1);
	},

	"a key on another channel is another key": async (world) => {
		const log = await world.open();
		const receipts = stored(await log.append([draft("a", 1, keyed), draft("b", 1, keyed)]));
		assert.ok(receipts.every(({ known }) => !known));
	},

	"a key with other data, event, key or encoding is refused and takes no offset": async (world) => {
		const log = await world.open();
		const first = draft("chat", "AAAA", keyed);
		const others = [
			draft("chat", "BBBB", keyed),
			{ ...first, event: "e" },
			{ ...first, key: "x" },
			{ ...first, encoding: "base64" as const },
		];
		const [kept, ...refused] = await log.append([first, ...others]);
		assert.ok(kept && "id" in kept);
		assert.deepEqual(
			refused.map((receipt) => ("refused" in receipt ? receipt.refused : receipt)),
			["key_reused", "key_reused", "key_reused", "key_reused"],
		);
		const [next] = await publish(log, "chat", "next");
		assert.match(next?.id ?? "", /-2$/);
	},

	"a refused draft does not hold up the others of its append": async (world) => {
		const log = await world.open();
		await log.append([draft("chat", 1, keyed)]);
		const [refused, kept] = await log.append([draft("chat", 2, keyed), draft("chat", 3)]);
		assert.ok(refused && "refused" in refused && refused.detail.length > 0);
		assert.ok(kept && "id" in kept && kept.id.endsWith("-2"));
	},

	"a key is forgotten after its window, and can be used again": async (world) => {
		const log = await world.open({ idempotencyWindow: 60_000 });
		await log.append([draft("chat", 1, keyed)]);
		world.clock.advance(59_999);
		assert.equal(stored(await log.append([draft("chat", 1, keyed)]))[0]?.known, true);
		world.clock.advance(1);
		assert.equal(stored(await log.append([draft("chat", 2, keyed)]))[0]?.known, false);
		assert.equal(stored(await log.append([draft("chat", 2, keyed)]))[0]?.known, true);
	},

	"a key is remembered when its message has been trimmed": async (world) => {
		const log = await world.open({ retentionMessages: 1 });
		const [first] = stored(await log.append([draft("chat", 1, keyed)]));
		await publish(log, "chat", 2, 3);
		assert.deepEqual(stored(await log.append([draft("chat", 1, keyed)])), [{ ...first, known: true }]);
	},

	"a key belongs to one life of its channel": async (world) => {
		const log = await world.open();
		await log.append([draft("chat", 1, keyed)]);
		await log.remove("chat");
		assert.equal(stored(await log.append([draft("chat", 1, keyed)]))[0]?.known, false);
	},
};
