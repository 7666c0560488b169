/** What is published is kept once, and read back as it was, on every way. */
import { ask, FullClient, SseParser, wireWays } from "@holdfast/server/testing";
import { describe, expect, test } from "vitest";
import { publish, publishAll, type Receipt } from "./publishing.ts";
import { inWorld, stores } from "./stores.ts";

describe.each(stores)("on $name", (store) => {
	test(
		"an idempotency key stores once: 201, then 200 with the same id, and readers get it once",
		inWorld(store, async (world) => {
			const readers = await Promise.all(wireWays.map((way) => world.open(way, { channels: ["chat"] })));
			const first = await world.publish("chat", { n: 1 }, { idempotencyKey: "k" });
			const second = await world.publish("chat", { n: 1 }, { idempotencyKey: "k" });
			expect([first.status, second.status]).toEqual([201, 200]);
			expect(second.json()).toEqual(first.json());
			await publish(world, "chat", "end");
			for (const reader of readers) expect(await reader.take(2)).toEqual([{ n: 1 }, "end"]);
		}),
	);

	test(
		"the same key at the same time stores once",
		inWorld(store, async (world) => {
			const answers = await Promise.all(Array.from({ length: 8 }, () => world.publish("chat", "once", { idempotencyKey: "k" })));
			expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
			expect(new Set(answers.map(({ json }) => (json() as Receipt).id)).size).toBe(1);
		}),
	);

	test(
		"an idempotency key with other data, event or key is 409, and nothing of it is stored; on another channel it is free",
		inWorld(store, async (world, kept) => {
			await world.publish("chat", "data", { idempotencyKey: "k", event: "e", key: "x" });
			await world.restart(await kept.reopen());
			const changed = [
				["other", { event: "e", key: "x" }],
				["data", { event: "f", key: "x" }],
				["data", { event: "e" }],
				[Buffer.from("data"), { event: "e", key: "x" }],
			] as const;
			for (const [data, labels] of changed) {
				const { status, json } = await world.publish("chat", data, { ...labels, idempotencyKey: "k" });
				expect([status, (json() as { code: string }).code]).toEqual([409, "key_reused"]);
			}
			expect((await world.publish("chat", "data", { idempotencyKey: "k", event: "e", key: "x" })).status).toBe(200);
			expect((await world.publish("elsewhere", "other", { idempotencyKey: "k" })).status).toBe(201);
			const { messages } = (await world.request("/v1/channels/chat/messages?after=first")).json() as { messages: object[] };
			expect(messages).toHaveLength(1);
		}),
	);

	test(
		"a batch is published in order, a problem standing in the place of each item that is refused",
		inWorld(store, async (world) => {
			const readers = await Promise.all(wireWays.map((way) => world.open(way, { channels: ["a"] })));
			await publish(world, "a", 0);
			const items = [
				{ channel: "a", data: 1, idempotencyKey: "k" },
				{ channel: "a b", data: 2 },
				{ channel: "b", data: { two: 2 }, event: "e", key: "x" },
				{ channel: "a", data: "AAEC", encoding: "base64" },
				{ channel: "a", data: "no base64!", encoding: "base64" },
				{ channel: "$own", data: 1 },
				{ channel: "a" },
				{ channel: "a", data: 9, event: "$live" },
				{ channel: "a", data: 1, idempotencyKey: "k" },
				{ channel: "a", data: 2, idempotencyKey: "k" },
				{ channel: "a", data: "x".repeat(65 * 1024) },
				null,
				{ channel: "a", data: null },
			];
			const headers = { "Content-Type": "application/json" };
			const { status, json } = await world.request("/v1/messages", { method: "POST", headers, body: JSON.stringify(items) });
			expect(status).toBe(201);
			const answers = json() as (Receipt & { code?: string })[];
			expect(answers.map(({ channel, code }) => code ?? channel)).toEqual([
				"a",
				"bad_channel",
				"b",
				"a",
				"bad_request",
				"forbidden",
				"bad_request",
				"bad_event",
				"a",
				"key_reused",
				"too_large",
				"bad_request",
				"a",
			]);
			expect(answers[8]).toEqual(answers[0]);
			for (const reader of readers) expect(await reader.take(4)).toEqual([0, 1, "AAEC", null]);
		}),
	);

	test(
		"data published on a WebSocket is read as data published by POST is",
		inWorld(store, async (world) => {
			const client = await FullClient.connect(world);
			const readers = await Promise.all(wireWays.map((way) => world.open(way, { channels: ["chat"] })));
			const receipt = await client.ask("publish", { channel: "chat", data: { a: [1] }, event: "e", idempotencyKey: "k" });
			expect(receipt).toMatchObject({ op: "ok", id: expect.any(String), time: expect.any(Number) });
			const again = await client.ask("publish", { channel: "chat", data: { a: [1] }, event: "e", idempotencyKey: "k" });
			expect(again.id).toBe(receipt.id);
			await client.ask("publish", { channel: "chat", data: "AP8=", encoding: "base64" });
			for (const reader of readers) {
				await reader.take(2);
				expect(reader.messages[0]).toMatchObject({ id: receipt.id, data: { a: [1] }, event: "e" });
				expect(reader.messages[1]).toMatchObject({ data: "AP8=", encoding: "base64" });
			}
			client.close();
		}),
	);

	test(
		"data=raw gives an event stream the bare data: a string as it is, base64 as its text, else JSON",
		inWorld(store, async (world) => {
			await publishAll(world, "chat", ["a\nb\r\nc\rd", Uint8Array.of(0, 255), { a: "\n" }, 1.5, "", "data: x\n\nid: 9"]);
			const path = "/v1/channels/chat/messages?data=raw&after=first";
			const response = await ask(world, path, { headers: { Accept: "text/event-stream" } });
			const data: string[] = [];
			const done = new Promise<void>((resolve) => {
				const parser = new SseParser((event) => {
					if (event.type === "message") data.push(event.data);
					if (event.type === "$live") resolve();
				});
				response.on("data", (chunk: Buffer) => parser.push(chunk));
			});
			await done;
			response.destroy();
			expect(data).toEqual(["a\nb\nc\nd", "AP8=", '{"a":"\\n"}', "1.5", "", "data: x\n\nid: 9"]);
		}),
	);
});
