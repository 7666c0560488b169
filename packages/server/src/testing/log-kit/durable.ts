/** For stores that outlive their process. */
import assert from "node:assert/strict";
import { type Case, dataOf, draft, much, publish, range, readAll, stored } from "./log-world.ts";

export const durable: Readonly<Record<string, Case>> = {
	"what was kept is there after a restart, under the same ids": async (world) => {
		let log = await world.open();
		await log.append(range(1, 100).map((n) => draft(`c${n % 3}`, n, { event: "e", key: "k", from: "ann" })));
		const before = await readAll(log, "c1");
		log = await world.reopen();
		assert.deepEqual(await readAll(log, "c1"), before);
		assert.equal((await log.list({ prefix: "", after: "", limit: 10 })).channels.length, 3);
	},

	"offsets go on after a restart": async (world) => {
		let log = await world.open();
		const [first] = await publish(log, "chat", 1);
		log = await world.reopen();
		const [second] = await publish(log, "chat", 2);
		assert.equal(second?.id, first?.id.replace(/-1$/, "-2"));
	},

	"the cursor of an empty log is good after a restart": async (world) => {
		let log = await world.open();
		const { next } = await log.read("quiet", "now", much);
		log = await world.reopen();
		await publish(log, "quiet", 1);
		const page = await log.read("quiet", next, much);
		assert.deepEqual([page.gap, dataOf(page.messages)], [undefined, [1]]);
	},

	"an idempotency key is known after a restart": async (world) => {
		let log = await world.open();
		const keyed = draft("chat", 1, { idempotencyKey: "k" });
		const [first] = stored(await log.append([keyed]));
		log = await world.reopen();
		assert.deepEqual(stored(await log.append([keyed])), [{ ...first, known: true }]);
		world.clock.advance(600_000);
		assert.equal(stored(await log.append([keyed]))[0]?.known, false);
	},

	"a removed channel keeps its new epoch after a restart": async (world) => {
		let log = await world.open();
		await publish(log, "chat", 1);
		await log.remove("chat");
		const { head } = await log.describe("chat");
		log = await world.reopen();
		assert.deepEqual((await log.describe("chat")).head, head);
	},

	"time does not go back over a restart": async (world) => {
		let log = await world.open();
		const [first] = await publish(log, "chat", 1);
		log = await world.reopen();
		world.clock.set(world.clock.now() - 60_000);
		assert.equal((await publish(log, "chat", 2))[0]?.time, first?.time);
	},
};
