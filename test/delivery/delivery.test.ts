/** What every way to read keeps to, over every store. */
import { allWays } from "@holdfast/server/testing";
import { describe, expect, test } from "vitest";
import { numbers, publish, publishAll, publishOn } from "./publishing.ts";
import { inWorld, stores } from "./stores.ts";

describe.each(stores)("on $name", (store) => {
	describe.each(allWays)("$name", (way) => {
		test(
			"what is published while the reader follows comes in order, each once",
			inWorld(store, async (world) => {
				const reader = await world.open(way, { channels: ["chat"] });
				await publishAll(world, "chat", numbers(0, 40));
				expect(await reader.take(40)).toEqual(numbers(0, 40));
			}),
		);

		test(
			"a reader that does not say where to begin gets what comes from now on, and no gap",
			inWorld(store, async (world) => {
				await publishAll(world, "chat", ["before", "this"]);
				const reader = await world.open(way, { channels: ["chat"] });
				await publishAll(world, "chat", ["a", "b"]);
				expect(await reader.take(2)).toEqual(["a", "b"]);
				expect(reader.gaps).toEqual([]);
			}),
		);

		test(
			"after=now is the same",
			inWorld(store, async (world) => {
				await publishAll(world, "chat", ["before"]);
				const reader = await world.open(way, { channels: ["chat"], after: "now" });
				await publishAll(world, "chat", ["after"]);
				expect(await reader.take(1)).toEqual(["after"]);
			}),
		);

		test(
			"after=first brings all that is kept, then what comes",
			inWorld(store, async (world) => {
				await publishAll(world, "chat", numbers(0, 5));
				const reader = await world.open(way, { channels: ["chat"], after: "first" });
				await reader.take(5);
				await publishAll(world, "chat", numbers(5, 5));
				expect(await reader.take(10)).toEqual(numbers(0, 10));
			}),
		);

		test(
			"after=first of a log that has trimmed its oldest begins at the oldest kept, and no gap is told",
			inWorld(
				store,
				async (world) => {
					await publishAll(world, "chat", numbers(0, 9));
					const reader = await world.open(way, { channels: ["chat"], after: "first" });
					expect(await reader.take(4)).toEqual(numbers(5, 4));
					expect(reader.gaps).toEqual([]);
				},
				{ limits: { retentionMessages: 4 } },
			),
		);

		test(
			"last=n brings the newest n kept, then what comes",
			inWorld(store, async (world) => {
				await publishAll(world, "chat", numbers(0, 8));
				const reader = await world.open(way, { channels: ["chat"], last: 3 });
				await reader.take(3);
				await publishAll(world, "chat", [8]);
				expect(await reader.take(4)).toEqual(numbers(5, 4));
			}),
		);

		test(
			"last=n of fewer than n brings those, and no gap is told",
			inWorld(store, async (world) => {
				await publishAll(world, "chat", numbers(0, 2));
				const reader = await world.open(way, { channels: ["chat"], last: 1000 });
				expect(await reader.take(2)).toEqual([0, 1]);
				expect(reader.gaps).toEqual([]);
			}),
		);

		test(
			"a past of many pages comes whole, and joins what is published meanwhile without a seam",
			inWorld(
				store,
				async (world) => {
					for (const n of numbers(0, 300)) await world.holdfast.publish("chat", n);
					const publisher = publishOn(world, "chat");
					const reader = await world.open(way, { channels: ["chat"], after: "first", limit: 7 });
					await reader.take(320);
					const count = await publisher.stop();
					const data = await reader.take(300 + count);
					expect(data).toEqual([...numbers(0, 300), ...numbers(0, count)]);
				},
				{ options: { pageMessages: 7 } },
			),
		);

		test(
			"a message published while the reader was between two polls, or two connections, is delivered",
			inWorld(store, async (world) => {
				const first = await world.open(way, { channels: ["chat"] });
				await publishAll(world, "chat", ["one"]);
				await first.take(1);
				const cursor = first.close();
				await publishAll(world, "chat", ["two", "three"]);
				const second = await world.open(way, { channels: ["chat"], after: cursor });
				await publishAll(world, "chat", ["four"]);
				expect(await second.take(3)).toEqual(["two", "three", "four"]);
				expect(second.gaps).toEqual([]);
			}),
		);

		test(
			"a cursor is good after the server has been started anew on the same log",
			inWorld(store, async (world, kept) => {
				const first = await world.open(way, { channels: ["chat"], after: "first" });
				await publishAll(world, "chat", numbers(0, 3));
				await first.take(3);
				const cursor = first.close();
				await publishAll(world, "chat", [3]);
				await world.restart(await kept.reopen());
				await publishAll(world, "chat", [4]);
				const second = await world.open(way, { channels: ["chat"], after: cursor });
				expect(await second.take(2)).toEqual([3, 4]);
				expect(second.gaps).toEqual([]);
			}),
		);

		test(
			"every message's id is a cursor to go on after it, and where nothing is gone no gap is told",
			inWorld(store, async (world) => {
				const receipts = await publishAll(world, "chat", numbers(0, 6));
				await publish(world, "chat", "end");
				for (const [i, { id }] of receipts.entries()) {
					const reader = await world.open(way, { channels: ["chat"], after: id });
					expect(await reader.take(6 - i)).toEqual([...numbers(i + 1, 5 - i), "end"]);
					expect(reader.gaps).toEqual([]);
					reader.close();
				}
			}),
		);

		test(
			"a channel never published to gives a cursor that is good for what is published first",
			inWorld(store, async (world) => {
				const answer = await world.request("/v1/channels/new/messages");
				const { next } = answer.json() as { next: string };
				const reader = await world.open(way, { channels: ["new"], after: next });
				await publishAll(world, "new", ["first"]);
				expect(await reader.take(1)).toEqual(["first"]);
				expect(reader.gaps).toEqual([]);
			}),
		);

		test(
			"event, key and the kind of data come as they were published",
			inWorld(store, async (world) => {
				const reader = await world.open(way, { channels: ["chat"] });
				const bytes = Uint8Array.from(numbers(0, 256));
				const json = { text: "ä\u2028\n", list: [1.5, null, true, -0.25e-3], "": {} };
				await world.publish("chat", json, { event: "said", key: "k 1" });
				await world.publish("chat", "line\r\nand\rline\n\n");
				await world.publish("chat", bytes);
				await world.publish("chat", new Uint8Array());
				await reader.take(4);
				expect(reader.messages[0]).toMatchObject({ data: json, event: "said", key: "k 1" });
				expect(reader.messages[0]).not.toHaveProperty("encoding");
				expect(reader.messages[1]).toMatchObject({ data: "line\r\nand\rline\n\n" });
				expect(reader.messages[1]).not.toHaveProperty("event");
				expect(reader.messages[2]).toMatchObject({ data: Buffer.from(bytes).toString("base64"), encoding: "base64" });
				expect(reader.messages[3]).toMatchObject({ data: "", encoding: "base64" });
			}),
		);

		test(
			"a message as large as may be is delivered, beside small ones",
			inWorld(store, async (world) => {
				const reader = await world.open(way, { channels: ["chat"] });
				const large = "\u0000".repeat(64 * 1024);
				await publishAll(world, "chat", ["small", large, large, "small"]);
				expect(await reader.take(4)).toEqual(["small", large, large, "small"]);
			}),
		);
	});

	test.each(allWays.filter(({ headers }) => headers))("$name resumes by Last-Event-ID, which decides over after", (way) =>
		inWorld(store, async (world) => {
			const [, , third] = await publishAll(world, "chat", numbers(0, 5));
			const reader = await world.open(way, { channels: ["chat"], after: "first", lastEventId: third?.id ?? "" });
			expect(await reader.take(2)).toEqual([3, 4]);
		})(),
	);
});
