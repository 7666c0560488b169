/** Several channels on one reader, with one cursor for all. */
import { allWays, FullClient, wireWays } from "@holdfast/server/testing";
import { describe, expect, test } from "vitest";
import { numbers, publish, publishAll } from "./publishing.ts";
import { inWorld, stores } from "./stores.ts";

const setWays = allWays.filter(({ sets }) => sets);

describe.each(stores)("on $name", (store) => {
	describe.each(setWays)("$name of several channels", (way) => {
		test(
			"brings each channel in its order, and only these channels",
			inWorld(store, async (world) => {
				const reader = await world.open(way, { channels: ["b", "a", "c"] });
				for (const n of numbers(0, 10)) for (const channel of ["a", "b", "other"]) await publish(world, channel, n);
				await reader.take(20);
				for (const name of ["a", "b"]) {
					expect(reader.messages.filter(({ channel }) => channel === name).map(({ data }) => data)).toEqual(numbers(0, 10));
				}
				expect(reader.gaps).toEqual([]);
			}),
		);

		test(
			"resumes by its cursor, whatever the order in which the channels are named",
			inWorld(store, async (world) => {
				const first = await world.open(way, { channels: ["a", "b"] });
				await publishAll(world, "a", [0, 1]);
				await publishAll(world, "b", [0]);
				await first.take(3);
				const cursor = first.close();
				await publishAll(world, "b", [1]);
				await publishAll(world, "a", [2]);
				const second = await world.open(way, { channels: ["b", "a"], after: cursor });
				await publishAll(world, "a", [3]);
				await second.take(3);
				expect(second.messages.filter(({ channel }) => channel === "a").map(({ data }) => data)).toEqual([2, 3]);
				expect(second.messages.filter(({ channel }) => channel === "b").map(({ data }) => data)).toEqual([1]);
				expect(second.gaps).toEqual([]);
			}),
		);

		test(
			"last=n is n of each channel",
			inWorld(store, async (world) => {
				await publishAll(world, "a", numbers(0, 5));
				await publishAll(world, "b", numbers(0, 5));
				const reader = await world.open(way, { channels: ["a", "b"], last: 2 });
				await reader.take(4);
				await publish(world, "b", 5);
				await reader.take(5);
				expect(reader.messages.filter(({ channel }) => channel === "a").map(({ data }) => data)).toEqual([3, 4]);
				expect(reader.messages.filter(({ channel }) => channel === "b").map(({ data }) => data)).toEqual([3, 4, 5]);
			}),
		);

		test(
			"a busy channel does not keep the others from being read, and the limit cuts nothing out",
			inWorld(
				store,
				async (world) => {
					for (const n of numbers(0, 200)) await world.holdfast.publish("busy", n);
					await publishAll(world, "calm", ["hello"]);
					const reader = await world.open(way, { channels: ["busy", "calm"], after: "first", limit: 10 });
					await reader.take(201);
					const at = reader.messages.findIndex(({ channel }) => channel === "calm");
					expect(at).toBeLessThan(11);
				},
				{ options: { pageMessages: 10 } },
			),
		);

		test(
			"with more channels than the limit allows messages every channel still comes whole",
			inWorld(
				store,
				async (world) => {
					const channels = numbers(1, 12).map((n) => `c${n}`);
					for (const channel of channels) await publishAll(world, channel, [0, 1]);
					const reader = await world.open(way, { channels, after: "first", limit: 5 });
					await reader.take(24);
					for (const name of channels) {
						expect(reader.messages.filter(({ channel }) => channel === name).map(({ data }) => data)).toEqual([0, 1]);
					}
				},
				{ options: { pageMessages: 5 } },
			),
		);
	});

	test.each(setWays.filter(({ name }) => name !== "in process"))(
		"$name goes on where a reader of the full form stood, by each channel's own cursor, with a channel more",
		(way) =>
			inWorld(store, async (world) => {
				const client = await FullClient.connect(world);
				const a = await client.subscribe({ channels: ["a"] });
				const b = await client.subscribe({ channels: ["b:1"] });
				await publishAll(world, "a", [0, 1]);
				await publishAll(world, "b:1", [0]);
				await Promise.all([a.take(2), b.take(1)]);
				const from = { a: a.close(), "b:1": b.close(), c: "first", d: "last.1" };
				client.close();
				for (const channel of ["a", "b:1", "c", "d", "d"]) await publish(world, channel, channel);
				const reader = await world.open(way, { channels: Object.keys(from), from });
				await publish(world, "a", "live");
				await reader.take(5);
				expect(reader.gaps).toEqual([]);
				const told = reader.messages.map(({ channel, data }) => `${channel} ${data}`);
				expect(told.sort()).toEqual(["a a", "a live", "b:1 b:1", "c c", "d d"]);
			})(),
	);

	test(
		"the cursor of another set, or a single message's id, is refused by each way with 400 bad_cursor",
		inWorld(store, async (world) => {
			const { id } = await publish(world, "a", 0);
			const answer = await world.request("/v1/messages?channel=a&channel=b&after=first");
			const { next } = answer.json() as { next: string };
			const wrong = [
				`/v1/messages?channel=a&channel=c&after=${next}`,
				`/v1/messages?channel=a&after=${next}`,
				`/v1/messages?channel=a&channel=b&channel=c&after=${next}`,
				`/v1/messages?channel=a&channel=b&after=${id}`,
				`/v1/messages?channel=a&after=${id}`,
				`/v1/channels/a/messages?after=${next}`,
			];
			const upgrade = {
				Connection: "Upgrade",
				Upgrade: "websocket",
				"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
				"Sec-WebSocket-Version": "13",
			};
			for (const path of wrong) {
				for (const headers of [{}, { Accept: "text/event-stream" }, upgrade]) {
					const { status, json } = await world.request(path, { headers });
					expect([path, status, (json() as { code: string }).code]).toEqual([path, 400, "bad_cursor"]);
				}
				const waiting = await world.request(`${path}&wait=20`);
				expect(waiting.status).toBe(400);
			}
		}),
	);

	test(
		"full form: each channel has its cursor, on one connection",
		inWorld(store, async (world) => {
			const receipts = await publishAll(world, "a", numbers(0, 4));
			const client = await FullClient.connect(world);
			const a = await client.subscribe({ channels: ["a"], after: receipts[1]?.id ?? "" });
			const b = await client.subscribe({ channels: ["b"] });
			await publishAll(world, "b", ["x"]);
			await publishAll(world, "a", [4]);
			expect(await a.take(3)).toEqual([2, 3, 4]);
			expect(await b.take(1)).toEqual(["x"]);
			expect(await client.ask("subscribe", { channel: "a" })).toMatchObject({ op: "error", code: "already_subscribed" });
			expect(await client.ask("unsubscribe", { channel: "a" })).toMatchObject({ op: "ok" });
			await publishAll(world, "a", [5]);
			await publishAll(world, "b", ["y"]);
			expect(await b.take(2)).toEqual(["x", "y"]);
			expect(a.data).toEqual([2, 3, 4]);
			const again = await client.subscribe({ channels: ["a"], after: a.close() });
			expect(await again.take(1)).toEqual([5]);
			again.close();
			b.close();
			client.close();
		}),
	);

	test(
		"a set of one channel is a set: its cursor is not that of the channel",
		inWorld(store, async (world) => {
			const { id } = await publish(world, "a", 0);
			const set = (await world.request("/v1/messages?channel=a&after=first")).json() as { next: string };
			expect(set.next).not.toBe(id);
			expect((await world.request(`/v1/messages?channel=a&after=${set.next}`)).status).toBe(200);
		}),
	);
});

test("every way but the full form, which has a cursor a channel, reads sets", () => {
	expect(wireWays.filter(({ sets }) => !sets).map(({ name }) => name)).toEqual(["WebSocket full"]);
});
