/** Who connects or publishes too fast is told so in his own way, when to come back, and nobody else is held up. */
import { Agent, type OutgoingHttpHeaders, request } from "node:http";
import type { HoldfastOptions } from "@holdfast/server";
import { ManualClock } from "@holdfast/server/testing";
import { afterEach, expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { openRaw } from "../support/raw.ts";
import { openSocket } from "../support/socket.ts";
import { type Attempt, type WayIn, waysIn } from "../support/ways-in.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let clock: ManualClock;
const attempts: Attempt[] = [];

/** Requests speak for the address and the user in their headers; time stands. */
async function start(options: HoldfastOptions = {}): Promise<void> {
	clock = new ManualClock();
	const authorize: HoldfastOptions["authorize"] = ({ headers }) => {
		const user = headers["x-user"];
		return typeof user === "string" ? { from: user } : true;
	};
	world = await startWorld({ clock, trustedProxies: ["loopback"], authorize, ...options });
	await world.holdfast.publish("a", "first");
}

afterEach(async () => {
	for (const attempt of attempts.splice(0)) attempt.close();
	const { faults } = world;
	const closed = world.close();
	clock.advance(60_000);
	await closed;
	expect(faults).toEqual([]);
});

const as = (address: string, user?: string): OutgoingHttpHeaders => ({
	"X-Forwarded-For": address,
	...(user !== undefined && { "X-User": user }),
});

async function enter(way: WayIn, headers?: OutgoingHttpHeaders): Promise<Attempt> {
	const attempt = await way.enter(world.origin, headers);
	attempts.push(attempt);
	return attempt;
}

const refused = (status: number, code: string) => ({ isOpen: false, status, code });

test("an address that connects too fast is refused in every way, and comes in again later", async () => {
	await start({ connectRatePerIp: 2 });
	for (const [i, way] of waysIn.entries()) {
		const own = as(`203.0.113.${i}`);
		for (let n = 0; n < 4; n++) expect(await enter(way, own)).toMatchObject({ isOpen: true });
		const fifth = await enter(way, own);
		expect(fifth).toMatchObject(refused(429, "rate_limited"));
		expect(fifth.retryAfter).toBeGreaterThanOrEqual(1);
		expect(await enter(way, as(`198.51.100.${i}`))).toMatchObject({ isOpen: true });
		clock.advance(500);
		expect(await enter(way, own)).toMatchObject({ isOpen: true });
	}
	const six = (host: string) => enter(waysIn[1] as WayIn, as(`2001:db8::${host}`));
	for (const host of ["1", "2", "3", "4"]) expect(await six(host)).toMatchObject({ isOpen: true });
	expect(await six("5")).toMatchObject(refused(429, "rate_limited"));
});

test("a user who connects too fast, or too often, is refused in every way that says at first who it is", async () => {
	await start({ connectRatePerSubject: 1, maxConnectionsPerSubject: 4 });
	for (const [i, way] of waysIn.slice(0, 3).entries()) {
		const own = as(`203.0.113.${i}`, `user ${i}`);
		for (let n = 0; n < 2; n++) expect(await enter(way, own)).toMatchObject({ isOpen: true });
		const third = await enter(way, own);
		expect(third).toMatchObject(refused(429, "rate_limited"));
		expect(third.retryAfter).toBeGreaterThanOrEqual(1);
		expect(await enter(way, as(`203.0.113.${i}`, `other ${i}`))).toMatchObject({ isOpen: true });
		clock.advance(2000);
		expect(await enter(way, own)).toMatchObject({ isOpen: true });
	}
	const [events, longPoll, plain] = waysIn as [WayIn, WayIn, WayIn];
	const own = as("203.0.113.9", "many");
	for (let n = 0; n < 4; n++) {
		expect(await enter(events, own)).toMatchObject({ isOpen: true });
		clock.advance(1000);
	}
	for (const way of [events, longPoll, plain]) expect(await enter(way, own)).toMatchObject(refused(429, "rate_limited"));
	for (const attempt of attempts.splice(-7, 4)) attempt.close();
	await expect.poll(async () => (await enter(events, own)).isOpen).toBe(true);
});

test("a full-form connection is its user's from the first subscription on, and one too many is closed to come back", async () => {
	await start({ maxConnectionsPerSubject: 1 });
	const open = () => openSocket(`${world.origin}/v1/socket`, { protocol: "holdfast.v1", headers: { "X-User": "ann" } });
	const [one, other] = [await open(), await open()];
	for (const client of [one, other]) expect(await client.next()).toMatchObject({ op: "hello" });
	one.send({ op: "subscribe", ref: 1, channel: "a" });
	expect(await one.next()).toMatchObject({ op: "ok", ref: 1 });
	other.send({ op: "subscribe", ref: 1, channel: "a" });
	expect(await other.closed).toEqual({ code: 4029, reason: "rate_limited" });
	one.close();
	await expect
		.poll(async () => {
			const again = await open();
			await again.next();
			again.send({ op: "publish", ref: 2, channel: "a", data: 1 });
			const told = await again.next().catch(() => undefined);
			again.close();
			return told;
		})
		.toMatchObject({ op: "ok", ref: 2 });
});

const small = "x";
const large = "x".repeat(2000);

test.each([
	["publishRatePerIp", "ip", 3, small],
	["publishBytesPerIp", "ip", 1024, large],
	["publishRatePerSubject", "subject", 3, small],
	["publishBytesPerSubject", "subject", 1024, large],
	["publishRatePerChannel", "channel", 3, small],
	["publishBytesPerChannel", "channel", 1024, large],
] as const)("%s holds in every way to publish, for those alone whom it is meant for", async (limit, of, most, body) => {
	await start({ [limit]: most, publishRate: 1_000_000 });
	const allowed = body === small ? most : 1;
	/** The same in what is limited, and another in all else. */
	const target = (way: string, n: number) => {
		const [ip, subject, channel] = ["ip", "subject", "channel"].map((what) => (what === of ? way : `${way}${n}`));
		const host = `2001:db8:${Buffer.from(ip ?? "")
			.toString("hex")
			.slice(0, 4)}:${ip?.slice(1) || "0"}::1`;
		return { headers: as(host, subject), channel: channel ?? "" };
	};
	const post = (way: string, n: number) => {
		const { headers, channel } = target(way, n);
		return ask(`${world.origin}/v1/channels/${channel}/messages`, {
			body,
			headers: { ...headers, "Content-Type": "text/plain" },
		});
	};
	for (let n = 0; n < allowed; n++) expect((await post("h", n)).status).toBe(201);
	const { status, json, headers } = await post("h", 99);
	expect({ status, code: json.code }).toEqual({ status: 429, code: "rate_limited" });
	expect(Number(headers["retry-after"])).toBe(1);
	expect((await post("i", 1)).status).toBe(201);
	clock.advance(1000);
	expect((await post("h", 5)).status).toBe(201);

	// A batch is let in by what is left, and paid off by those who come after it.
	const batch = (n: number) => {
		const { headers: own, channel } = target("b", n);
		return ask(`${world.origin}/v1/messages`, { headers: own, body: Array(10).fill({ channel, data: body }) });
	};
	expect((await batch(1)).json.map(({ id }: { id?: string }) => typeof id)).toEqual(Array(10).fill("string"));
	const second = await batch(2);
	if (of === "ip") expect(second.status).toBe(429);
	else expect(second.json.map(({ code }: { code?: string }) => code)).toEqual(Array(10).fill("rate_limited"));

	const full = target("f", 0);
	const client = await openSocket(`${world.origin}/v1/socket`, { protocol: "holdfast.v1", headers: full.headers });
	await client.next();
	for (let ref = 0; ref <= allowed; ref++) client.send({ op: "publish", ref, channel: full.channel, data: body });
	const told = await client.take(allowed + 1);
	expect(told.filter(({ op }) => op === "ok")).toHaveLength(allowed);
	expect(told.find(({ op }) => op === "error")).toMatchObject({ ref: allowed, code: "rate_limited" });
	client.close();

	const plain = target("p", 0);
	const sender = await openSocket(`${world.origin}/v1/channels/${plain.channel}/messages`, { headers: plain.headers });
	for (let n = 0; n <= allowed; n++) sender.send(body);
	expect(await sender.closed).toEqual({ code: 4029, reason: "rate_limited" });
});

test("loopback is free of what was not set, and who a trusted proxy on it speaks for is not", async () => {
	await start();
	const batch = (headers: OutgoingHttpHeaders) =>
		ask(`${world.origin}/v1/messages`, { headers, body: Array(1000).fill({ channel: "a", data: 0 }) });
	for (let n = 0; n < 6; n++) expect((await batch({})).status).toBe(201);
	expect((await batch(as("203.0.113.5"))).status).toBe(201);
	expect((await batch(as("203.0.113.5"))).status).toBe(429);
	expect((await batch(as("127.0.0.1"))).status).toBe(201);
	expect((await batch(as("127.0.0.1"))).status).toBe(429);
});

test("what comes on a connection that was let in is no newcomer, but for a stream; and whether the server lives is always told", async () => {
	await start({ connectRate: 1, connectWait: 0 });
	const agent = new Agent({ keepAlive: true, maxSockets: 1 });
	const kept = (accept: string) =>
		new Promise<string>((resolve, reject) => {
			const asked = request(`${world.origin}/v1/channels/a/messages?after=first`, { agent, headers: { Accept: accept } });
			asked.once("error", reject).once("response", (response) => {
				let text = "";
				response.on("data", (chunk) => {
					text += chunk;
					if (text.includes("\n\n")) asked.destroy();
				});
				response.once("close", () => resolve(`${response.statusCode} ${text}`));
			});
			asked.end();
		});
	for (let n = 0; n < 5; n++) expect(await kept("*/*")).toMatch(/^200 /);
	expect((await ask(`${world.origin}/v1/channels/a/messages`)).status).toBe(200);
	for (const way of waysIn) expect(await enter(way)).toMatchObject(refused(503, "overloaded"));
	expect(await kept("text/event-stream")).toContain('"reason":"overload"');
	expect((await ask(`${world.origin}/v1/channels/a/messages`, { body: 1 })).status).toBe(503);
	expect((await ask(`${world.origin}/livez`)).status).toBe(200);
	expect((await ask(`${world.origin}/readyz`)).status).toBe(200);
	agent.destroy();
});

const upgrade =
	"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

test.each([
	["event stream", "/v1/channels/a/messages", "Accept: text/event-stream\r\n"],
	["long poll", "/v1/channels/a/messages?wait=9&after=first", ""],
	["WebSocket", "/v1/channels/a/messages", upgrade],
	["WebSocket, full form", "/v1/socket", `${upgrade}Sec-WebSocket-Protocol: holdfast.v1\r\n`],
])("%s: a newcomer waits for its turn, and one that goes away meanwhile leaves it to another", async (_, path, headers) => {
	await start({ connectRate: 1, connectWait: 1000 });
	const poll = () => ask(`${world.origin}/v1/channels/a/messages`);
	for (let n = 0; n < 2; n++) expect((await poll()).status).toBe(200);
	const idle = clock.waiting;
	const gone = await openRaw(world.port, `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`);
	await expect.poll(() => clock.waiting).toBe(idle + 1);
	expect((await poll()).status).toBe(503);
	gone.close();
	await expect.poll(() => clock.waiting).toBe(idle);
	const next = await openRaw(world.port, `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`);
	await expect.poll(() => clock.waiting).toBe(idle + 1);
	expect(next.text).toBe("");
	clock.advance(1000);
	await next.until(headers === upgrade || path === "/v1/socket" ? "HTTP/1.1 101" : "HTTP/1.1 200");
	next.close();
});
