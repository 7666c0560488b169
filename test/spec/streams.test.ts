/** Event streams and WebSockets of a real server, as asyncapi.json has them: nothing else, and all of it. */
import { randomBytes } from "node:crypto";
import { subprotocol } from "@holdfast/protocol";
import { type HoldfastOptions, memoryLog } from "@holdfast/server";
import { HeldLog } from "@holdfast/server/testing";
import { afterEach, expect, test } from "vitest";
import { seconds, sign } from "../rights/issuer.ts";
import { type Block, type Events, openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { type Client, openSocket } from "../support/socket.ts";
import { startWorld, type World } from "../support/world.ts";
import { asyncapi, channels, closings } from "./asyncapi.ts";
import { headersOf } from "./events.ts";
import { faults, fitter, type Part, resolve } from "./fitting.ts";

const document: Part = JSON.parse(JSON.stringify(asyncapi()));
const validatorOf = fitter(document);
const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const path = "/v1/channels/chat/messages";

const ends: (() => unknown)[] = [];
afterEach(async () => {
	for (const end of ends.splice(0).reverse()) await end();
});

interface Stage extends World {
	readonly log: HeldLog;
}

async function start(options: HoldfastOptions = {}): Promise<Stage> {
	const log = new HeldLog(memoryLog());
	const world = await startWorld({ log, ...options });
	ends.push(() => world.close());
	return Object.assign(world, { log });
}

/** Messages that were seen, as `channel message`. */
const seen = new Set<string>();

/** What operations of the channel name, as the server sends it or takes it. */
function messagesOf(channel: string, action: "send" | "receive"): readonly (readonly [string, Part])[] {
	const operations = Object.values<Part>(document.operations).filter(
		(one) => one.action === action && one.channel.$ref === `#/channels/${channel}`,
	);
	const refs = operations.flatMap(({ messages }) => messages.map(({ $ref }: Part) => $ref as string));
	return refs.map((ref) => [ref.split("/").at(-1) ?? "", resolve(document, resolve(document, ref).$ref)]);
}

/** The one message of the channel that the headers and the payload fit. */
function kindOf(
	channel: string,
	headers: object | undefined,
	payloadOf: (message: Part) => unknown,
	action: "send" | "receive" = "send",
) {
	const tried = messagesOf(channel, action).map(([name, message]) => {
		const beside = headers === undefined ? [] : faults(validatorOf(message.headers), headers);
		return [name, [...beside, ...faults(validatorOf(message.payload), payloadOf(message))]] as const;
	});
	const fitting = tried.filter(([, wrong]) => wrong.length === 0).map(([name]) => name);
	const [kind = ""] = fitting;
	if (fitting.length !== 1)
		throw new Error(`It fits ${fitting.join(", ") || "nothing"}:\n${tried.map(([, wrong]) => wrong[0]).join("\n")}`);
	seen.add(`${channel} ${kind}`);
	return kind;
}

const parsed = (text: string) => {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
};

function kindOfBlock(channel: string, block: Block): string {
	const { data = "" } = block;
	return kindOf(channel, headersOf(block), ({ contentType }) => (contentType === "text/plain" ? data : parsed(data)));
}

async function blocks(channel: string, events: Events, n: number): Promise<readonly string[]> {
	return (await events.take(n)).map((block) => kindOfBlock(channel, block));
}

async function frames(channel: string, socket: Client, n: number): Promise<readonly string[]> {
	return (await socket.take(n)).map((frame) => kindOf(channel, undefined, () => frame));
}

/** Sends what the document says may be sent. */
function tell(channel: string, socket: Client, frame: object): void {
	kindOf(channel, undefined, () => frame, "receive");
	socket.send(frame);
}

function expectClosing(code: number): void {
	expect(closings.map((one) => one.code)).toContain(code);
}

/** What every reader is told: where it begins, what it has missed, what comes, and that the log is away and back. */
async function happen({ holdfast, log }: Stage, take: (n: number) => Promise<readonly string[]>): Promise<readonly string[]> {
	const first = await take(5);
	log.freshness.set(false);
	const stale = await take(1);
	log.freshness.set(true);
	const fresh = await take(1);
	await holdfast.publish("chat", "last");
	return [...first, ...stale, ...fresh, ...(await take(1))];
}

async function publishTwo({ holdfast }: Stage): Promise<void> {
	await holdfast.publish("chat", { text: "hi" }, { event: "said", key: "k", from: "ann", traceparent });
	await holdfast.publish("chat", new Uint8Array([1, 2, 3]));
}

const lost = "after=another-3";

test.each([
	["events", `${path}?${lost}`, "messageEvent"],
	["bareEvents", `${path}?${lost}&data=raw`, "bareEvent"],
	["eventsOfSet", `/v1/messages?from=chat:another-3&from=news:now`, "messageEvent"],
])("%s tell what is described", async (channel, target, message) => {
	const world = await start();
	await publishTwo(world);
	const events = await openEvents(world.origin + target);
	expect(await happen(world, (n) => blocks(channel, events, n))).toEqual([
		...["openEvent", "gapEvent", message, message, "liveEvent"],
		...["staleEvent", "freshEvent", message],
	]);
	const closing = world.holdfast.close();
	expect(await blocks(channel, events, 1)).toEqual(["byeEvent"]);
	await closing;
});

test("an event stream that is refused for now, or ends for want of rights, says bye as is described", async () => {
	const secret = randomBytes(32);
	const holdfast = { read: ["chat"] };
	const token = await sign(secret, "HS256", { sub: "ann", holdfast, exp: seconds() + 2 });
	const full = await start({ maxConnections: 1 });
	const few = await start({ maxConnectionsPerIp: 1 });
	const guarded = await start({ rights: { tokens: { secret } } });
	for (const { origin } of [full, few]) {
		expect(await blocks("events", await openEvents(origin + path), 2)).toEqual(["openEvent", "liveEvent"]);
		expect(await blocks("events", await openEvents(origin + path), 1)).toEqual(["byeEvent"]);
	}
	const expiring = await openEvents(guarded.origin + path, { Authorization: `Bearer ${token}` });
	expect(await blocks("events", expiring, 3)).toEqual(["openEvent", "liveEvent", "byeEvent"]);
});

test.each([
	["plain", `${path}?${lost}`, "plainMessage"],
	["plainOfSet", "/v1/messages?from=chat:another-3&from=news:now", "plainMessageOfSet"],
])("WebSockets of the form %s tell what is described", async (channel, target, message) => {
	const world = await start();
	await publishTwo(world);
	const socket = await openSocket(world.origin + target);
	expect(await happen(world, (n) => frames(channel, socket, n))).toEqual([
		...["open", "gap", message, message, "live"],
		...["stale", "fresh", message],
	]);
	socket.send("x");
	if (channel === "plain") {
		seen.add("plain plainPublish");
		expect(await frames(channel, socket, 1)).toEqual([message]);
		socket.send("x".repeat(100_000));
	}
	const { code } = await socket.closed;
	expectClosing(code);
});

test("a WebSocket of the full form tells and takes what is described", async () => {
	const world = await start({ schemas: { typed: { type: "number" } } });
	await publishTwo(world);
	const socket = await openSocket(`${world.origin}/v1/socket`, { protocol: subprotocol });
	const take = (n: number) => frames("full", socket, n);
	expect(await take(1)).toEqual(["hello"]);
	tell("full", socket, { op: "subscribe", ref: 1, channel: "chat", after: "another-3" });
	expect(await take(5)).toEqual(["subscribed", "gap", "fullMessage", "fullMessage", "fullLive"]);
	world.log.freshness.set(false);
	expect(await take(1)).toEqual(["fullStale"]);
	world.log.freshness.set(true);
	expect(await take(1)).toEqual(["fullFresh"]);
	tell("full", socket, {
		op: "publish",
		ref: 2,
		channel: "chat",
		data: 1,
		event: "said",
		key: "k",
		idempotencyKey: "i",
		traceparent,
	});
	expect([...(await take(2))].sort()).toEqual(["fullMessage", "published"]);
	tell("full", socket, { op: "publish", channel: "news", data: "AQ==", encoding: "base64" });
	tell("full", socket, { op: "unsubscribe", ref: 3, channel: "chat" });
	expect([...(await take(2))].sort()).toEqual(["done", "published"]);
	tell("full", socket, { op: "auth", ref: 4, token: "x" });
	tell("full", socket, { op: "ping" });
	tell("full", socket, { op: "subscribe", ref: 5, channel: "chat", last: 1 });
	expect(await take(5)).toEqual(["done", "pong", "subscribed", "fullMessage", "fullLive"]);
	tell("full", socket, { op: "subscribe", ref: 6, channel: "chat" });
	tell("full", socket, { op: "publish", ref: 7, channel: "typed", data: "1" });
	socket.send({ op: "shout" });
	expect(await take(3)).toEqual(["error", "error", "error"]);
	await ask(`${world.origin}/v1/channels/chat`, { method: "DELETE" });
	expect(await take(1)).toEqual(["gap"]);
	const closing = world.holdfast.close();
	expect(await take(1)).toEqual(["goaway"]);
	expectClosing((await socket.closed).code);
	await closing;
});

test("the end of a right on one channel is told as is described", async () => {
	const secret = randomBytes(32);
	const tokenOf = (channel: string) => sign(secret, "HS256", { sub: "ann", holdfast: { read: [channel] } });
	const world = await start({ rights: { tokens: { secret } } });
	const headers = { Authorization: `Bearer ${await tokenOf("chat")}` };
	const socket = await openSocket(`${world.origin}/v1/socket`, { protocol: subprotocol, headers });
	tell("full", socket, { op: "subscribe", channel: "chat" });
	tell("full", socket, { op: "auth", token: await tokenOf("news") });
	expect(await frames("full", socket, 5)).toEqual(["hello", "subscribed", "fullLive", "done", "error"]);
	socket.close();
});

test("every message of the document was seen", () => {
	const all = Object.keys(channels).flatMap((channel) =>
		[...messagesOf(channel, "send"), ...messagesOf(channel, "receive")].map(([name]) => `${channel} ${name}`),
	);
	expect(all.length).toBeGreaterThan(40);
	expect(all.filter((one) => !seen.has(one))).toEqual([]);
});
