/** What readers are told when the log is away, in the bytes of each transport. */
import { memoryLog } from "@holdfast/server";
import { HeldLog } from "@holdfast/server/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { openSocket } from "../support/socket.ts";
import { startWorld, type World } from "../support/world.ts";

const path = "/v1/channels/chat/messages";
let log: HeldLog;
let world: World;

beforeEach(async () => {
	log = new HeldLog(memoryLog());
	world = await startWorld({ log });
	await world.holdfast.publish("chat", "before");
});

afterEach(async () => {
	await world.close();
	expect(world.faults).toEqual([]);
});

const publish = (data: unknown) => world.holdfast.publish("chat", data);

test("an event stream is told by $stale and $fresh, which have no id", async () => {
	const events = await openEvents(world.origin + path);
	await events.take(2);
	log.freshness.set(false);
	expect(await events.next()).toMatchObject({ lines: ["event: $stale", "data: {}"] });
	const { id } = await publish("meanwhile");
	log.freshness.set(true);
	const [message, fresh] = await events.take(2);
	expect(message).toMatchObject({ id });
	expect(fresh?.lines).toEqual(["event: $fresh", `data: {"next":"${id}"}`]);
	events.close();
});

test("the plain WebSocket is told by op stale and op fresh, of a set with the set's cursor", async () => {
	const one = await openSocket(world.origin + path);
	const set = await openSocket(`${world.origin}/v1/messages?channel=chat&channel=news`);
	const opened = [await one.take(2), await set.take(2)];
	log.freshness.set(false);
	for (const socket of [one, set]) expect(await socket.next()).toEqual({ op: "stale" });
	log.freshness.set(true);
	for (const [i, socket] of [one, set].entries()) {
		expect(await socket.next()).toEqual({ op: "fresh", next: opened[i]?.[1].next });
		socket.close();
	}
});

test("the full WebSocket is told of each channel that it follows", async () => {
	const socket = await openSocket(`${world.origin}/v1/socket`, { protocol: "holdfast.v1" });
	await socket.next();
	for (const channel of ["chat", "news"]) socket.send({ op: "subscribe", ref: 1, channel, after: "now" });
	const { next } = (await socket.take(4)).find(({ op, channel }) => op === "live" && channel === "chat");
	log.freshness.set(false);
	expect(await socket.take(2)).toEqual(["chat", "news"].map((channel) => ({ op: "stale", channel })));
	log.freshness.set(true);
	const told = await socket.take(2);
	expect(told).toContainEqual({ op: "fresh", channel: "chat", next });
	expect(told.map(({ op, channel }) => [op, channel])).toContainEqual(["fresh", "news"]);
	socket.close();
});

test("a long poll is answered at once that it is stale; the next is held, and has nothing of it", async () => {
	const poll = (after: string) => ask(`${world.origin}${path}?wait=20&after=${after}`);
	const waiting = poll("now");
	await expect.poll(longPolls).toBe(1);
	log.freshness.set(false);
	const { status, json } = await waiting;
	expect([status, json]).toEqual([200, { messages: [], next: expect.stringMatching(/-1$/), more: false, stale: true }]);
	// As long as its log can be read: one that was answered at once would come again at once.
	const next = poll(json.next);
	await expect.poll(longPolls).toBe(1);
	const { id } = await publish("meanwhile");
	expect((await next).json).toMatchObject({ messages: [{ id }], next: id });
	expect((await next).json).not.toHaveProperty("stale");
	expect((await ask(`${world.origin}${path}?after=first`)).json).not.toHaveProperty("stale");
});

async function longPolls(): Promise<number> {
	return (await ask(`${world.origin}/v1/channels/chat`)).json.readers.longPoll;
}

test("a subscription in the process is told, one thing after another", async () => {
	const told: unknown[] = [];
	const { ready, close } = world.holdfast.subscribe("chat", {
		async message({ data }) {
			await new Promise((resolve) => setTimeout(resolve, 20));
			told.push(data);
		},
		stale: () => void told.push("stale"),
		fresh: () => void told.push("fresh"),
	});
	await ready;
	log.freshness.set(false);
	await expect.poll(() => told).toEqual(["stale"]);
	await publish("meanwhile");
	log.freshness.set(true);
	await expect.poll(() => told).toEqual(["stale", "meanwhile", "fresh"]);
	close();
});

test("livez and readyz say whether the process lives, and whether it is to be sent readers", async () => {
	const health = async (name: string) => {
		const { status, json, headers } = await ask(`${world.origin}/${name}`);
		return [status, json.code ?? json, headers["retry-after"]];
	};
	expect(await health("livez")).toEqual([200, { live: true }, undefined]);
	expect(await health("readyz")).toEqual([200, { ready: true }, undefined]);
	log.freshness.set(false);
	expect(await health("livez")).toEqual([200, { live: true }, undefined]);
	expect(await health("readyz")).toEqual([503, "store_unavailable", "2"]);
	log.freshness.set(true);
	expect((await ask(`${world.origin}/readyz`, { method: "HEAD" })).status).toBe(200);
	await world.holdfast.close();
	expect(await health("readyz")).toEqual([503, "draining", "1"]);
	expect(await health("livez")).toEqual([200, { live: true }, undefined]);
});
