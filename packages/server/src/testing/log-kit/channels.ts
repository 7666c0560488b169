import assert from "node:assert/strict";
import { type Case, dataOf, draft, much, publish, range } from "./log-world.ts";

const everything = { prefix: "", after: "", limit: 1000 };

export const channels: Readonly<Record<string, Case>> = {
	"a channel never published to is described as empty": async (world) => {
		const log = await world.open();
		const info = await log.describe("quiet");
		assert.deepEqual(info, { channel: "quiet", head: { epoch: info.head.epoch, offset: 0 }, first: null, messages: 0, bytes: 0 });
	},

	"a channel is described with what is kept": async (world) => {
		const log = await world.open({ retentionMessages: 2 });
		await publish(log, "chat", "1", "22", "é3");
		const { head, ...info } = await log.describe("chat");
		assert.deepEqual(info, { channel: "chat", first: { ...head, offset: 2 }, messages: 2, bytes: 4 + 5 });
		assert.equal(head.offset, 3);
	},

	"channels are listed by name in byte order": async (world) => {
		const log = await world.open();
		const names = ["b", "a", "a.b", "a-b", "a~", "a:", "A", "0", "aa", "a_"];
		await log.append(names.map((name) => draft(name, 1)));
		const { channels: listed, more } = await log.list(everything);
		assert.deepEqual([listed.map(({ channel }) => channel), more], [[...names].sort(), false]);
	},

	"a list goes on after a name, keeps to a prefix and says whether more follow": async (world) => {
		const log = await world.open();
		await log.append([...range(10, 40).map((n) => draft(`room:${n}`, n)), draft("a", 1), draft("room", 1), draft("roon", 1)]);
		const names = async (query: Partial<typeof everything>) => {
			const { channels: listed, more } = await log.list({ ...everything, ...query });
			return [listed.map(({ channel }) => channel).join(" "), more];
		};
		assert.deepEqual(await names({ prefix: "room:", limit: 2 }), ["room:10 room:11", true]);
		assert.deepEqual(await names({ prefix: "room:", after: "room:38", limit: 2 }), ["room:39 room:40", false]);
		assert.deepEqual(await names({ prefix: "room:", after: "room:38", limit: 1 }), ["room:39", true]);
		assert.deepEqual(await names({ prefix: "room:", after: "zzz" }), ["", false]);
		assert.deepEqual(await names({ prefix: "none" }), ["", false]);
		assert.deepEqual(await names({ after: "room:40" }), ["roon", false]);
	},

	"a long list holds every channel once": async (world) => {
		const log = await world.open();
		await log.append(range(1000, 1449).map((n) => draft(`c${n}`, n)));
		await log.remove("c1100");
		const { channels: listed, more } = await log.list(everything);
		assert.deepEqual([listed.length, listed[0]?.channel, listed.at(-1)?.channel, more], [449, "c1000", "c1449", false]);
	},

	"a removed channel is an empty log of another epoch, even if nothing is published again": async (world) => {
		const log = await world.open();
		await publish(log, "chat", 1, 2);
		const before = (await log.describe("chat")).head;
		await log.remove("chat");
		const after = await log.describe("chat");
		assert.deepEqual([after.head.offset, after.first, after.messages, after.bytes], [0, null, 0, 0]);
		assert.notEqual(after.head.epoch, before.epoch);
		assert.deepEqual((await log.list(everything)).channels, []);
		const page = await log.read("chat", before, much);
		assert.deepEqual([page.gap, page.messages], [{ next: after.head, reason: "reset" }, []]);
	},

	"a channel lives again after it was removed, with offsets from 1": async (world) => {
		const log = await world.open();
		await publish(log, "chat", 1, 2);
		const before = (await log.describe("chat")).head;
		await log.remove("chat");
		const { next } = await log.read("chat", "now", much);
		const [receipt] = await publish(log, "chat", 3);
		assert.match(receipt?.id ?? "", /-1$/);
		assert.deepEqual((await log.read("chat", next, much)).gap, undefined);
		const page = await log.read("chat", before, much);
		assert.deepEqual([page.gap?.reason, dataOf(page.messages)], ["reset", [3]]);
	},

	"removing one channel leaves the others, also those whose names begin with its name": async (world) => {
		const log = await world.open();
		await log.append([draft("a", 1), draft("a.b", 2), draft("ab", 3), draft("a-", 4)]);
		await log.remove("a");
		const { channels: listed } = await log.list(everything);
		assert.deepEqual(
			listed.map(({ channel, messages }) => [channel, messages]),
			[
				["a-", 1],
				["a.b", 1],
				["ab", 1],
			],
		);
	},

	"a large channel is removed whole": async (world) => {
		const log = await world.open();
		for (let i = 0; i < 3; i++) await log.append(range(1, 1000).map((n) => draft("chat", n)));
		await log.remove("chat");
		assert.equal((await log.describe("chat")).messages, 0);
		const [receipt] = await publish(log, "chat", "new");
		assert.deepEqual(dataOf((await log.read("chat", "first", much)).messages), ["new"]);
		assert.match(receipt?.id ?? "", /-1$/);
	},

	"close waits for appends under way": async (world) => {
		const log = await world.open();
		const appends = range(1, 20).map((n) => log.append([draft("chat", n)]));
		await log.close();
		assert.equal((await Promise.all(appends)).length, 20);
		await log.close();
	},

	"a closed log answers everything with store_unavailable": async (world) => {
		const log = await world.open();
		await log.close();
		const closed = { code: "store_unavailable" };
		await assert.rejects(log.append([draft("chat", 1)]), closed);
		await assert.rejects(log.read("chat", "first", much), closed);
		await assert.rejects(log.describe("chat"), closed);
		await assert.rejects(log.list(everything), closed);
		await assert.rejects(log.remove("chat"), closed);
		assert.throws(() => log.watch("chat", () => {}), closed);
	},

	"a closed log leaves no timer": async (world) => {
		const log = await world.open();
		await log.close();
		assert.equal(world.clock.waiting, 0);
	},
};
