/** A gap is told where something is gone, names the place, and is told nowhere else. */
import { allWays, type TestReader, World } from "@holdfast/server/testing";
import { describe, expect, test } from "vitest";
import { numbers, publish, publishAll } from "./publishing.ts";
import { inWorld, KeptOnDisk, stores } from "./stores.ts";

const reasons = (reader: TestReader) => reader.gaps.map(({ channel, reason }) => [channel, reason]);

/** A cursor ahead of the head: what it stood for is no longer in the log. */
function ahead(id: string, by: number): string {
	const [epoch, offset] = id.split("-");
	return `${epoch}-${Number(offset) + by}`;
}

describe.each(stores)("on $name", (store) => {
	describe.each(allWays)("$name", (way) => {
		test(
			"what was trimmed after the cursor is told as expired, before the oldest kept",
			inWorld(
				store,
				async (world) => {
					const receipts = await publishAll(world, "chat", numbers(0, 9));
					const reader = await world.open(way, { channels: ["chat"], after: receipts[0]?.id ?? "" });
					expect(await reader.take(4)).toEqual(numbers(5, 4));
					expect(reader.gaps).toEqual([{ channel: "chat", after: receipts[0]?.id, next: receipts[4]?.id, reason: "expired" }]);
					expect(reader.told[0]).toBe(reader.gaps[0]);
				},
				{ limits: { retentionMessages: 4 } },
			),
		);

		test(
			"no gap is told to a cursor whose next message is the oldest kept",
			inWorld(
				store,
				async (world) => {
					const receipts = await publishAll(world, "chat", numbers(0, 9));
					const reader = await world.open(way, { channels: ["chat"], after: receipts[4]?.id ?? "" });
					expect(await reader.take(4)).toEqual(numbers(5, 4));
					expect(reader.gaps).toEqual([]);
				},
				{ limits: { retentionMessages: 4 } },
			),
		);

		test(
			"a cursor ahead of the head is told as unknown, and goes on from the head",
			inWorld(store, async (world) => {
				const { id } = await publish(world, "chat", "kept");
				const lost = ahead(id, 7);
				const reader = await world.open(way, { channels: ["chat"], after: lost });
				await reader.until(() => reader.gaps.length > 0, "a gap");
				expect(reader.gaps).toEqual([{ channel: "chat", after: lost, next: id, reason: "unknown" }]);
				await publish(world, "chat", "new");
				expect(await reader.take(1)).toEqual(["new"]);
			}),
		);

		test(
			"a cursor of another log is told as reset, and goes on from the oldest kept",
			inWorld(store, async (world) => {
				await publishAll(world, "chat", ["a", "b"]);
				const reader = await world.open(way, { channels: ["chat"], after: "foreign1-12" });
				expect(await reader.take(2)).toEqual(["a", "b"]);
				expect(reasons(reader)).toEqual([["chat", "reset"]]);
				expect(reader.told[0]).toBe(reader.gaps[0]);
			}),
		);

		test(
			"a log that was lost whole is told as reset to whoever comes back, even before anything is published",
			inWorld(store, async (world) => {
				const { id } = await publish(world, "chat", "lost");
				const other = await store.open();
				try {
					await world.restart(other.log);
					const reader = await world.open(way, { channels: ["chat"], after: id });
					await reader.until(() => reader.gaps.length > 0, "a gap");
					await publish(world, "chat", "new");
					expect(await reader.take(1)).toEqual(["new"]);
					expect(reasons(reader)).toEqual([["chat", "reset"]]);
				} finally {
					await world.close();
					await other.close();
				}
			}),
		);

		test(
			"a channel that was removed while the reader was away is told as reset",
			inWorld(store, async (world) => {
				const { id } = await publish(world, "chat", "gone");
				await world.request("/v1/channels/chat", { method: "DELETE" });
				await publish(world, "chat", "new");
				const reader = await world.open(way, { channels: ["chat"], after: id });
				expect(await reader.take(1)).toEqual(["new"]);
				expect(reasons(reader)).toEqual([["chat", "reset"]]);
			}),
		);

		test(
			"a channel that is removed under a reader is told as reset at once, and what is published then comes",
			inWorld(store, async (world) => {
				const reader = await world.open(way, { channels: ["chat"] });
				await publish(world, "chat", "old");
				await reader.take(1);
				expect((await world.request("/v1/channels/chat", { method: "DELETE" })).status).toBe(204);
				await reader.until(() => reader.gaps.length > 0, "a gap");
				await publish(world, "chat", "new");
				expect(await reader.take(2)).toEqual(["old", "new"]);
				expect(reasons(reader)).toEqual([["chat", "reset"]]);
			}),
		);

		test(
			"a cursor kept from before a gap of a reader that has gone on from its next is whole",
			inWorld(
				store,
				async (world) => {
					const receipts = await publishAll(world, "chat", numbers(0, 9));
					const first = await world.open(way, { channels: ["chat"], after: receipts[0]?.id ?? "" });
					await first.until(() => first.gaps.length > 0, "a gap");
					first.close();
					const second = await world.open(way, { channels: ["chat"], after: first.gaps[0]?.next ?? "" });
					expect(await second.take(4)).toEqual(numbers(5, 4));
					expect(second.gaps).toEqual([]);
				},
				{ limits: { retentionMessages: 4 } },
			),
		);
	});

	describe.each(allWays.filter(({ sets }) => sets))("$name of several channels", (way) => {
		test(
			"tells the gap of the channel that has one, and none of the other",
			inWorld(
				store,
				async (world) => {
					await publishAll(world, "a", [0]);
					await publishAll(world, "b", [0]);
					const first = await world.open(way, { channels: ["a", "b"], after: "first" });
					await first.take(2);
					const cursor = first.close();
					await publishAll(world, "a", numbers(1, 8));
					await publishAll(world, "b", [1]);
					const second = await world.open(way, { channels: ["a", "b"], after: cursor });
					await second.take(5);
					expect(reasons(second)).toEqual([["a", "expired"]]);
					expect(second.messages.filter(({ channel }) => channel === "a").map(({ data }) => data)).toEqual(numbers(5, 4));
					expect(second.messages.filter(({ channel }) => channel === "b").map(({ data }) => data)).toEqual([1]);
				},
				{ limits: { retentionMessages: 4 } },
			),
		);

		test(
			"tells a gap for each channel that lost something, before any message",
			inWorld(store, async (world) => {
				await publishAll(world, "a", ["old"]);
				await publishAll(world, "b", ["old"]);
				const first = await world.open(way, { channels: ["a", "b"], after: "first" });
				await first.take(2);
				const cursor = first.close();
				for (const channel of ["a", "b"]) {
					await world.request(`/v1/channels/${channel}`, { method: "DELETE" });
					await publish(world, channel, "new");
				}
				const second = await world.open(way, { channels: ["a", "b"], after: cursor });
				expect(await second.take(2)).toEqual(["new", "new"]);
				expect(reasons(second)).toEqual([
					["a", "reset"],
					["b", "reset"],
				]);
				expect(second.told.slice(0, 2)).toEqual(second.gaps);
			}),
		);
	});
});

/** In memory there is no older copy to be put back. */
test.each(allWays)(
	"on disk, $name: a log put back from an older copy is told as unknown to whoever had seen more",
	async (way) => {
		const kept = await KeptOnDisk.open();
		const world = await World.start(kept.log);
		await publishAll(world, "chat", [0, 1]);
		await world.restart(await kept.reopen());
		const { id } = await publish(world, "chat", "lost");
		await world.restart(await kept.lose());
		const reader = await world.open(way, { channels: ["chat"], after: id });
		await reader.until(() => reader.gaps.length > 0, "a gap");
		await publish(world, "chat", "new");
		expect(await reader.take(1)).toEqual(["new"]);
		expect(reasons(reader)).toEqual([["chat", "unknown"]]);
		await world.close();
		await kept.close();
	},
);
