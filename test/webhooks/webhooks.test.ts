/** What is told, to whom, and in which order: a server in this process, on a clock that stands, and receivers on real ports. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type Draft, diagnostics, HoldfastError, type Log, memoryLog, type WebhookOptions } from "@holdfast/server";
import { ManualClock } from "@holdfast/server/testing";
import { afterEach, describe, expect, test } from "vitest";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { openSocket } from "../support/socket.ts";
import { startWorld, type World } from "../support/world.ts";

const secret = "a secret of some length";
const ends: (() => unknown)[] = [];
afterEach(async () => {
	for (const end of ends.splice(0).reverse()) await end();
});

async function receive(key = Buffer.from(secret)): Promise<Receiver> {
	const receiver = await startReceiver(key);
	ends.push(receiver.close);
	return receiver;
}

async function serve(webhooks: readonly WebhookOptions[], log?: Log, clock = new ManualClock(Date.now())) {
	const world = await startWorld({ webhooks, log: log ?? memoryLog({ clock }), clock, drainTime: 1000 });
	ends.push(world.close);
	return { world, clock };
}

/** Turns the clock until it is so. */
async function turnUntil(clock: ManualClock, so: () => boolean, step = 250): Promise<void> {
	for (let i = 0; !so(); i++) {
		if (i > 2000) throw new Error("It has not become so.");
		clock.advance(step);
		// The receiver answers in real time: on a busy machine the clock must not run away from it by more than it may take.
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
}

const publish = (world: World, data: unknown, channel = "chat", headers = {}) =>
	ask(`${world.origin}/v1/channels/${channel}/messages`, { body: data, headers });
const dataOf = (receiver: Receiver) => receiver.events.map(({ data }) => data);

function troubles(): string[] {
	const told: string[] = [];
	const tell = (trouble: unknown) => void told.push(Object.values(trouble as object).join(" "));
	subscribe(diagnostics.webhook.name, tell);
	ends.push(() => unsubscribe(diagnostics.webhook.name, tell));
	return told;
}

describe("message.published", () => {
	test("is sent for every message, as readers get it, signed", async () => {
		const key = Buffer.from("0123456789abcdef0123456789abcdef");
		const receiver = await receive(key);
		const { world, clock } = await serve([{ url: receiver.url, secret: `whsec_${key.toString("base64")}` }]);
		await world.holdfast.publish("chat", { text: "é" }, { event: "said", key: "k", from: "ann" });
		await world.holdfast.publish("chat", new Uint8Array([1]));
		await turnUntil(clock, () => receiver.events.length === 2);
		const { json } = await ask(`${world.origin}/v1/channels/chat/messages?after=first`);
		const place = expect.stringMatching(/^\w+-\d+$/);
		expect(receiver.events).toEqual(json.messages.map((message: object) => ({ place, type: "message.published", ...message })));
		expect(receiver.deliveries[0]?.headers).toMatchObject({ "content-type": "application/json", "user-agent": "holdfast" });
	});

	test("is filtered by event and channel for each hook, and bears no data where none is wanted", async () => {
		const [all, chat, none] = [await receive(), await receive(), await receive()];
		const { world, clock } = await serve([
			{ url: all.url, secret, data: false },
			{ url: chat.url, secret, channels: ["chat.*"] },
			{ url: none.url, secret, events: ["channel.occupied"] },
		]);
		await publish(world, 1, "news");
		await publish(world, 2, "chat.a");
		await turnUntil(clock, () => all.events.length === 2 && chat.events.length === 1);
		expect(all.events.map(({ channel, data }) => [channel, data])).toEqual([
			["news", undefined],
			["chat.a", undefined],
		]);
		expect(dataOf(chat)).toEqual([2]);
		expect(none.deliveries).toEqual([]);
	});

	test("comes in order, in batches of 100 at most", async () => {
		const receiver = await receive();
		const { world, clock } = await serve([{ url: receiver.url, secret }]);
		receiver.status = 503;
		const numbers = Array.from({ length: 250 }, (_, i) => i);
		await ask(`${world.origin}/v1/messages`, { body: numbers.map((data) => ({ channel: "chat", data })) });
		await turnUntil(clock, () => receiver.deliveries.length === 1);
		receiver.status = 200;
		await turnUntil(clock, () => receiver.events.length === 250);
		expect(dataOf(receiver)).toEqual(numbers);
		expect(receiver.deliveries.map(({ events }) => events.length)).toEqual([100, 100, 100, 50]);
	});

	test("is one event where a publisher repeats itself, also where the first try ended between the message and its event", async () => {
		const receiver = await receive();
		const clock = new ManualClock(Date.now());
		const log = memoryLog({ clock });
		const { append } = log;
		let fail = true;
		log.append = (drafts: readonly Draft[]) => {
			if (!fail || drafts[0]?.channel !== "$webhooks") return append.call(log, drafts);
			fail = false;
			return Promise.reject(new HoldfastError("store_unavailable", "away"));
		};
		const { world } = await serve([{ url: receiver.url, secret }], log, clock);
		const once = () => publish(world, 1, "chat", { "Idempotency-Key": "k" });
		expect([(await once()).status, (await once()).status, (await once()).status]).toEqual([503, 200, 200]);
		await publish(world, 2);
		await turnUntil(clock, () => receiver.events.length >= 2);
		expect(dataOf(receiver)).toEqual([1, 2]);
	});
});

describe("a hook that does not take what it is told", () => {
	test("is told again, the same, after pauses that grow; what comes later waits behind it", async () => {
		const [failing, well] = [await receive(), await receive()];
		const told = troubles();
		const { world, clock } = await serve([
			{ url: failing.url, secret },
			{ url: well.url, secret },
		]);
		failing.status = 302;
		failing.answerHeaders = { location: well.url };
		await publish(world, 1);
		const begun = clock.now();
		await turnUntil(clock, () => failing.deliveries.length === 6);
		// 1–2, 2–4, 4–8, 8–16 and 16–32 s.
		expect(clock.now() - begun).toBeGreaterThan(31_000);
		await publish(world, 2);
		await turnUntil(clock, () => well.events.length === 2);
		failing.status = 200;
		await turnUntil(clock, () => failing.events.length === 2);
		expect(dataOf(failing)).toEqual([1, 2]);
		const ids = failing.deliveries.map(({ headers }) => headers["webhook-id"]);
		expect(new Set(ids.slice(0, 7)).size).toBe(1);
		expect(ids[7]).not.toBe(ids[0]);
		expect(told[0]).toMatch(/^127\.0\.0\.1:\d+ failed answered 302; again in \d s$/);
		expect(told.join()).not.toContain("secret=1");
	});

	test("is left alone for as long as it says", async () => {
		const receiver = await receive();
		const { world, clock } = await serve([{ url: receiver.url, secret }]);
		Object.assign(receiver, { status: 429, answerHeaders: { "retry-after": "600" } });
		await publish(world, 1);
		await turnUntil(clock, () => receiver.deliveries.length === 1);
		const first = clock.now();
		receiver.status = 200;
		await turnUntil(clock, () => receiver.events.length === 1, 1000);
		expect(clock.now() - first).toBeGreaterThanOrEqual(600_000);
	});

	test("and never answers is given up after 10 s, and told again", async () => {
		const receiver = await receive();
		const { world, clock } = await serve([{ url: receiver.url, secret }]);
		receiver.status = undefined;
		await publish(world, 1);
		await turnUntil(clock, () => receiver.deliveries.length === 1);
		const first = clock.now();
		receiver.status = 200;
		await turnUntil(clock, () => receiver.events.length === 1);
		expect(clock.now() - first).toBeGreaterThan(9000);
	});

	test("and answers 410 is not told any more, and the others are", async () => {
		const [gone, well] = [await receive(), await receive()];
		const told = troubles();
		const { world, clock } = await serve([
			{ url: gone.url, secret },
			{ url: well.url, secret },
		]);
		gone.status = 410;
		await publish(world, 1);
		await turnUntil(clock, () => gone.deliveries.length === 1 && well.events.length === 1);
		await publish(world, 2);
		await turnUntil(clock, () => well.events.length === 2);
		clock.advance(60_000);
		expect(gone.deliveries).toHaveLength(1);
		expect(told).toEqual([expect.stringMatching(/ stopped answered 410/)]);
	});

	test("longer than events are kept is told the gap", async () => {
		const receiver = await receive();
		const told = troubles();
		const clock = new ManualClock(Date.now());
		const { world } = await serve([{ url: receiver.url, secret }], memoryLog({ clock, retentionMessages: 3 }), clock);
		receiver.status = 500;
		await publish(world, 0);
		await turnUntil(clock, () => receiver.deliveries.length > 0);
		for (let i = 1; i <= 5; i++) await publish(world, i);
		receiver.status = 200;
		await turnUntil(clock, () => receiver.events.length === 5);
		const cursor = expect.any(String);
		expect(receiver.events[1]).toEqual({ type: "gap", after: cursor, next: cursor, reason: "expired" });
		expect(dataOf(receiver)).toEqual([0, undefined, 3, 4, 5]);
		expect(told.at(-1)).toMatch(/ gap /);
	});
});

test("a channel is occupied by its first reader, and vacated when none has come back for 5 s", async () => {
	const receiver = await receive();
	const { world, clock } = await serve([{ url: receiver.url, secret, events: ["channel.occupied", "channel.vacated"] }]);
	const path = `${world.origin}/v1/channels/chat/messages`;
	const both = [await openEvents(path), await openSocket(path)];
	expect((await ask(path)).status).toBe(200);
	world.holdfast.subscribe("other", { message: () => undefined });
	await turnUntil(clock, () => receiver.events.length === 1);
	const event = { place: expect.any(String), channel: "chat", time: expect.any(Number), node: expect.any(String) };
	expect(receiver.events).toEqual([{ type: "channel.occupied", ...event }]);
	for (const reader of both) reader.close();
	await expect
		.poll(async () => (await ask(`${world.origin}/v1/channels/chat`)).json.readers)
		.toMatchObject({ sse: 0, websocket: 0 });
	clock.advance(4900);
	const again = await openEvents(path);
	await again.take(2);
	clock.advance(60_000);
	again.close();
	await turnUntil(clock, () => receiver.events.length === 2);
	expect(receiver.events[1]).toEqual({ type: "channel.vacated", ...event });
	// Whatever else was told is on its way by then.
	await world.holdfast.close();
	expect(receiver.events).toHaveLength(2);
});

test("connections are told of when they open and when they close, and at the latest when the server does", async () => {
	const receiver = await receive();
	const { world, clock } = await serve([{ url: receiver.url, secret, events: ["connection.opened", "connection.closed"] }]);
	const path = `${world.origin}/v1/channels/chat/messages`;
	const socket = await openSocket(path);
	await turnUntil(clock, () => receiver.events.length === 1);
	const { type: _, place: __, time: ___, ...connection } = receiver.events[0];
	expect(connection).toEqual({ id: expect.any(String), transport: "websocket", address: "127.0.0.1", node: expect.any(String) });
	socket.close();
	await turnUntil(clock, () => receiver.events.length === 2);
	expect(receiver.events[1]).toMatchObject({ type: "connection.closed", ...connection });
	const events = await openEvents(path);
	await events.take(2);
	const closing = world.holdfast.close();
	// As time goes by: its last words have until the end of the drain, and a clock that runs ahead would cut them off.
	await turnUntil(clock, () => receiver.events.length === 4, 5);
	await closing;
	expect(receiver.events.slice(2).map(({ type, transport }) => [type, transport])).toEqual([
		["connection.opened", "sse"],
		["connection.closed", "sse"],
	]);
});

test("a hook that the log does not know is sent what happens from then on; one that it knows, what it has not had", async () => {
	const [old, added] = [await receive(), await receive()];
	const log = memoryLog();
	const first = await startWorld({ log, webhooks: [{ url: old.url, secret }] });
	await publish(first, 1);
	await expect.poll(() => dataOf(old)).toEqual([1]);
	old.status = 500;
	await publish(first, 2);
	await first.close();
	old.status = 200;
	const second = await startWorld({ log, webhooks: [old, added].map(({ url }) => ({ url, secret })) });
	await publish(second, 3);
	await expect.poll(() => [dataOf(old), dataOf(added)], { timeout: 20_000 }).toEqual([[1, 2, 3], [3]]);
	await second.close();
}, 40_000);

test.each<[string, object, RegExp]>([
	["a URL of another kind", { url: "file:///etc/passwd" }, /webhooks\[0\] has a url that is an http or https URL/],
	["credentials in the URL", { url: "http://ann:pw@localhost/" }, /without user and password/],
	["a short secret", { secret: "short" }, /webhooks\[0\] has a secret that is whsec_ and base64/],
	["a secret that is no base64", { secret: "whsec_äää" }, /secret that is whsec_/],
	["an unknown event", { events: ["message.publish"] }, /has the event "message.publish"/],
	["no pattern", { channels: ["a*b"] }, /webhooks\[0\] has the pattern "a\*b"/],
])("%s is refused at the start", async (_, wrong, words) => {
	await expect(startWorld({ webhooks: [{ url: "http://localhost/", secret, ...wrong }] })).rejects.toThrow(words);
});
