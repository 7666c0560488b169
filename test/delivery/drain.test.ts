/** A server that goes away sends its readers elsewhere, and none of them loses anything by it. */
import { FullClient, World, wireWays } from "@holdfast/server/testing";
import { describe, expect, test } from "vitest";
import { publishAll } from "./publishing.ts";
import { inWorld, stores } from "./stores.ts";

/** How each way tells a reader to come back. */
const words: Readonly<Record<string, string>> = {
	"short poll": "503",
	"long poll": "503",
	SSE: "draining",
	"WebSocket plain": "4001",
	"WebSocket full": "4001",
};

const scene = { options: { drainTime: 300 } };

describe.each(stores)("on $name", (store) => {
	test.each(wireWays)("$name: a reader is told to come back, and goes on at another server of the same log", (way) =>
		inWorld(
			store,
			async (world, kept) => {
				const reader = await world.open(way, { channels: ["chat"] });
				await publishAll(world, "chat", ["one"]);
				await reader.take(1);
				const closed = world.holdfast.close();
				await reader.until(() => reader.ended !== undefined).catch(() => undefined);
				expect(reader.ended).toBe(words[way.name]);
				await closed;
				const cursor = reader.close();

				const other = await World.start(kept.log);
				await publishAll(other, "chat", ["two"]);
				const again = await other.open(way, { channels: ["chat"], after: cursor });
				await publishAll(other, "chat", ["three"]);
				expect(await again.take(2)).toEqual(["two", "three"]);
				expect(again.gaps).toEqual([]);
				await other.close();
			},
			scene,
		)(),
	);

	test(
		"a wait is answered empty with a next that is good elsewhere",
		inWorld(
			store,
			async (world) => {
				const [receipt] = await publishAll(world, "chat", ["one"]);
				const waiting = world.request("/v1/channels/chat/messages?wait=20");
				const told = async () => (await world.request("/v1/channels/chat")).json();
				await expect.poll(told).toMatchObject({ readers: { longPoll: 1 } });
				await world.holdfast.close();
				const { status, json } = await waiting;
				expect(status).toBe(200);
				expect(json()).toEqual({ messages: [], next: receipt?.id, more: false });
			},
			scene,
		),
	);

	test(
		"the full form is told before it is closed, and delivers until then",
		inWorld(
			store,
			async (world, kept) => {
				const client = await FullClient.connect(world);
				const reader = await client.subscribe({ channels: ["chat"] });
				const closed = world.holdfast.close();
				while (client.others.every(({ op }) => op !== "goaway")) await new Promise((resolve) => setTimeout(resolve, 5));
				expect(client.others.at(-1)).toMatchObject({ op: "goaway", reason: "draining", delay: expect.any(Number) });
				await kept.log.append([{ channel: "chat", data: '"late"' }]);
				expect(await reader.take(1)).toEqual(["late"]);
				await closed;
			},
			scene,
		),
	);

	test(
		"publishes and readers that come while it drains are refused, to come back: nothing of them is stored",
		inWorld(
			store,
			async (world, kept) => {
				await world.open(wireWays[4] as (typeof wireWays)[number], { channels: ["chat"] });
				const closed = world.holdfast.close();
				const published = await world.publish("chat", "refused");
				expect(published.status).toBe(503);
				expect(published.headers["retry-after"]).toBeDefined();
				const stream = await world.request("/v1/channels/chat/messages", { headers: { Accept: "text/event-stream" } });
				expect(stream.status).toBe(200);
				expect(stream.body).toMatch(/^event: \$bye\nretry: \d+\ndata: {"reason":"draining"}\n\n$/);
				await closed;
				expect((await kept.log.describe("chat")).messages).toBe(0);
			},
			scene,
		),
	);
});
