/** Rights that end while a connection is open: it does not stay longer than it may, on any way and any node. */
import { randomBytes } from "node:crypto";
import { subprotocol } from "@holdfast/protocol";
import { type HoldfastOptions, memoryLog, redisLog } from "@holdfast/server";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openEvents } from "../support/events.ts";
import { ask } from "../support/http.ts";
import { type RunningRedis, startRedis } from "../support/redis.ts";
import { type Client, openSocket } from "../support/socket.ts";
import { startWorld, type World } from "../support/world.ts";
import { type Claims, seconds, sign } from "./issuer.ts";

const secret = randomBytes(32);
const make = (claims: Claims) =>
	sign(secret, "HS256", { sub: "ann", holdfast: { read: ["chat.*"], publish: ["chat.*"] }, ...claims });
const admin = () => make({ sub: "ops", holdfast: { admin: true } });
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const path = "/v1/channels/chat.a/messages";

const ends: (() => unknown)[] = [];
afterEach(async () => {
	for (const end of ends.splice(0).reverse()) await end();
});

async function start(options: HoldfastOptions = {}): Promise<World> {
	const world = await startWorld({ rights: { tokens: { secret } }, ...options });
	ends.push(() => world.close());
	return world;
}

async function revoke(world: World, body: object): Promise<void> {
	expect((await ask(`${world.origin}/v1/revocations`, { body, headers: bearer(await admin()) })).status).toBe(204);
}

/** What each way is told at its end, and after how many milliseconds. */
async function endsOf(world: World, token: string): Promise<Promise<{ readonly how: unknown; readonly at: number }>[]> {
	const stream = await openEvents(world.origin + path, bearer(token));
	await stream.take(2);
	const plain = await openSocket(world.origin + path, { headers: bearer(token) });
	await plain.take(2);
	const full = await openSocket(`${world.origin}/v1/socket`, { protocol: subprotocol });
	await full.next();
	full.send({ op: "auth", token });
	full.send({ op: "subscribe", channel: "chat.a" });
	await full.take(3);
	const quiet = await openSocket(`${world.origin}/v1/socket`, { protocol: subprotocol, headers: bearer(token) });
	const poll = ask(`${world.origin + path}?wait=50`, { headers: bearer(token) });
	const timed = async (how: Promise<unknown>) => ({ how: await how, at: Date.now() });
	return [
		timed(stream.next().then((block) => `${block?.event} ${block?.data}`)),
		timed(plain.closed.then(({ code }) => code)),
		timed(full.closed.then(({ code }) => code)),
		timed(quiet.closed.then(({ code }) => code)),
		timed(poll.then(({ status, json }) => [status, json.messages])),
	];
}

test("when the token expires every connection ends within 5 s, and says so", async () => {
	const world = await start();
	const exp = seconds() + 2;
	const told = await Promise.all(await endsOf(world, await make({ exp })));
	expect(told.map(({ how }) => how)).toEqual(['$bye {"reason":"expired"}', 4401, 4401, 4401, [200, []]]);
	for (const { at } of told) {
		expect(at).toBeGreaterThanOrEqual(exp * 1000);
		expect(at).toBeLessThan(exp * 1000 + 5000);
	}
}, 20_000);

test.each([{ sub: "ann" }, { jti: "stolen" }])(
	"what is revoked by %j is cut at once, and stays away; others stay",
	async (body) => {
		const world = await start();
		const [token, other] = await Promise.all([make({ jti: "stolen", iat: seconds() - 5 }), make({ sub: "bob", jti: "own" })]);
		const ending = await endsOf(world, token);
		const stays = await openSocket(world.origin + path, { headers: bearer(other) });
		await stays.take(2);
		const revoked = Date.now();
		await revoke(world, body);
		const told = await Promise.all(ending);
		expect(told.map(({ how }) => how)).toEqual(['$bye {"reason":"forbidden"}', 4503, 4503, 4503, [200, []]]);
		for (const { at } of told) expect(at - revoked).toBeLessThan(5000);
		expect((await ask(world.origin + path, { headers: bearer(token) })).status).toBe(401);
		await world.holdfast.publish("chat.a", 1);
		expect((await stays.next()).data).toBe(1);
		stays.close();
	},
	20_000,
);

test("who signs in again after all that was theirs has been revoked is let in", async () => {
	const world = await start();
	await revoke(world, { sub: "ann" });
	expect((await ask(world.origin + path, { headers: bearer(await make({})) })).status).toBe(401);
	// Tokens count seconds, so the one of this second may be older.
	const token = await make({ iat: seconds() + 1 });
	expect((await ask(world.origin + path, { headers: bearer(token) })).status).toBe(200);
});

test("what was revoked is so when the server has been started again", async () => {
	const log = memoryLog();
	ends.push(() => log.close());
	const before = await startWorld({ log, rights: { tokens: { secret } } });
	await revoke(before, { jti: "stolen" });
	await before.close();
	const world = await start({ log });
	expect((await ask(world.origin + path, { headers: bearer(await make({ jti: "stolen" })) })).status).toBe(401);
	expect((await ask(world.origin + path, { headers: bearer(await make({ jti: "own" })) })).status).toBe(200);
});

describe("a WebSocket's token, renewed in place", () => {
	async function open(world: World, claims: Claims) {
		const socket = await openSocket(`${world.origin}/v1/socket`, { protocol: subprotocol, headers: bearer(await make(claims)) });
		ends.push(() => socket.close());
		await socket.next();
		for (const channel of ["chat.a", "chat.b"]) socket.send({ op: "subscribe", channel });
		await socket.take(4);
		return socket;
	}

	test("keeps the connection beyond the old one's time", async () => {
		const world = await start();
		const exp = seconds() + 2;
		const socket = await open(world, { exp });
		socket.send({ op: "auth", ref: 1, token: await make({}) });
		expect(await socket.next()).toEqual({ op: "ok", ref: 1 });
		await new Promise((resolve) => setTimeout(resolve, exp * 1000 + 1500 - Date.now()));
		await world.holdfast.publish("chat.a", 1);
		expect((await socket.next()).data).toBe(1);
	});

	test("ends what the new one may not read, by name, and no more", async () => {
		const world = await start();
		const socket = await open(world, {});
		socket.send({ op: "auth", ref: 1, token: await make({ holdfast: { read: ["chat.b"] } }) });
		expect(await socket.take(2)).toEqual([
			{ op: "ok", ref: 1 },
			{ op: "error", channel: "chat.a", code: "forbidden", detail: "You may not read chat.a." },
		]);
		await world.holdfast.publish("chat.a", "lost");
		await world.holdfast.publish("chat.b", "found");
		expect((await socket.next()).data).toBe("found");
		socket.send({ op: "publish", ref: 2, channel: "chat.b", data: 1 });
		expect(await socket.next()).toMatchObject({ op: "error", ref: 2, code: "forbidden" });
	});

	test("changes nothing where it is no good", async () => {
		const world = await start();
		const socket = await open(world, {});
		socket.send({ op: "auth", ref: 1, token: "no token" });
		expect(await socket.next()).toMatchObject({ op: "error", ref: 1, code: "unauthorized" });
		await world.holdfast.publish("chat.a", 1);
		expect((await socket.next()).data).toBe(1);
	});
});

test("an `until` of authorize is asked again, and what it takes back ends", async () => {
	let asked = 0;
	let allowed = true;
	const world = await startWorld({
		authorize: (_, channel) => {
			asked += 1;
			return channel === "chat.b" || allowed ? { from: "ann", until: Date.now() + 500 } : "forbidden";
		},
	});
	ends.push(() => world.close());
	const full = await openSocket(`${world.origin}/v1/socket`, { protocol: subprotocol });
	await full.next();
	for (const channel of ["chat.a", "chat.b"]) full.send({ op: "subscribe", channel });
	await full.take(4);
	const stream = await openEvents(world.origin + path);
	await stream.take(2);
	await expect.poll(() => asked, { timeout: 5000 }).toBeGreaterThan(5);
	allowed = false;
	expect(await stream.next()).toMatchObject({ event: "$bye", data: '{"reason":"forbidden"}' });
	expect(await full.next()).toMatchObject({ op: "error", channel: "chat.a", code: "forbidden" });
	await world.holdfast.publish("chat.b", 1);
	expect((await full.next()).data).toBe(1);
	full.close();
}, 20_000);

describe("administrators", () => {
	test("see who is connected, page by page, and send one away, who comes back", async () => {
		const world = await start();
		const sockets: Client[] = [];
		for (const sub of ["ann", "bob", "eve"]) {
			const socket = await openSocket(world.origin + path, { headers: bearer(await make({ sub })) });
			await socket.take(2);
			sockets.push(socket);
		}
		const list = async (query: string) =>
			(await ask(`${world.origin}/v1/connections${query}`, { headers: bearer(await admin()) })).json;
		const first = await list("?limit=2");
		expect(first).toMatchObject({ more: true, connections: [{ subject: "ann" }, { subject: "bob" }] });
		expect(first.connections[0]).toEqual({
			id: expect.any(String),
			transport: "websocket",
			subject: "ann",
			address: "127.0.0.1",
			since: expect.any(Number),
			until: expect.any(Number),
			channels: ["chat.a"],
		});
		expect(await list(`?limit=2&after=${first.next}`)).toMatchObject({ more: false, connections: [{ subject: "eve" }] });
		const away = await ask(`${world.origin}/v1/connections/${first.next}`, { method: "DELETE", headers: bearer(await admin()) });
		expect(away.status).toBe(204);
		expect((await sockets[1]?.closed)?.code).toBe(4001);
		expect((await list("")).connections.map(({ subject }: { subject: string }) => subject)).toEqual(["ann", "eve"]);
		for (const socket of sockets) socket.close();
		const gone = await ask(`${world.origin}/v1/connections/${first.next}`, { method: "DELETE", headers: bearer(await admin()) });
		expect(gone.status).toBe(404);
	});
});

describe("on two nodes over Redis", () => {
	let redis: RunningRedis;
	let here: World;
	let there: World;
	beforeAll(async () => {
		redis = await startRedis();
		const node = async () => startWorld({ log: await redisLog({ url: redis.url }), rights: { tokens: { secret } } });
		[here, there] = await Promise.all([node(), node()]);
	});
	afterAll(async () => {
		await Promise.all([here?.close(), there?.close()]);
		await redis?.close();
	});

	test("what is revoked at one is cut at the other within 10 s", async () => {
		const token = await make({ jti: "stolen", iat: seconds() - 5 });
		const ending = await endsOf(there, token);
		const revoked = Date.now();
		await revoke(here, { jti: "stolen" });
		const told = await Promise.all(ending);
		expect(told.map(({ how }) => how)).toEqual(['$bye {"reason":"forbidden"}', 4503, 4503, 4503, [200, []]]);
		for (const { at } of told) expect(at - revoked).toBeLessThan(10_000);
		expect((await ask(there.origin + path, { headers: bearer(token) })).status).toBe(401);
	});

	test("a ticket of one is good at the other, and once: twenty at once let one in", async () => {
		const { json } = await ask(`${here.origin}/v1/tickets`, { method: "POST", headers: bearer(await make({})) });
		const tries = Array.from({ length: 20 }, (_, i) => ask(`${[here, there][i % 2]?.origin}${path}?ticket=${json.ticket}`));
		const answers = (await Promise.all(tries)).map(({ status }) => status).sort();
		expect(answers).toEqual([200, ...Array.from({ length: 19 }, () => 401)]);
	});

	test("a connection of one is ended from the other", async () => {
		const socket = await openSocket(there.origin + path, { headers: bearer(await make({})) });
		await socket.take(2);
		const { json } = await ask(`${there.origin}/v1/connections`, { headers: bearer(await admin()) });
		const asked = await ask(`${here.origin}/v1/connections/${json.connections[0].id}`, {
			method: "DELETE",
			headers: bearer(await admin()),
		});
		expect(asked.status).toBe(202);
		expect((await socket.closed).code).toBe(4001);
	});
});
