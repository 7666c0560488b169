import type { HoldfastOptions } from "@holdfast/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { type Client, openSocket, refusedSocket } from "../support/socket.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
	world = await startWorld();
});
afterAll(() => world.close());

const protocol = "holdfast.v1";
const at = (channel: string, query = "") => `${world.origin}/v1/channels/${channel}/messages${query}`;

/** A connection that has been greeted. */
async function open(origin = world.origin): Promise<Client> {
	const socket = await openSocket(`${origin}/v1/socket`, { protocol });
	await socket.next();
	return socket;
}

/** Sends an operation, and gives what comes next. */
async function answer(socket: Client, operation: unknown): Promise<unknown> {
	socket.send(operation);
	return await socket.next();
}

async function withWorld(options: HoldfastOptions, run: (world: World) => Promise<void>): Promise<void> {
	const other = await startWorld(options);
	await run(other).finally(() => other.close());
}

describe("the handshake", () => {
	test("agrees on holdfast.v1 and says hello, with the heartbeat in seconds", async () => {
		const socket = await openSocket(`${world.origin}/v1/socket`, { protocol });
		expect(socket.socket.protocol).toBe(protocol);
		expect(await socket.next()).toEqual({ op: "hello", session: expect.any(String), heartbeat: 25 });
		socket.close();
	});

	test.each([{}, { protocol: "graphql-ws" }])("without the subprotocol is 400 (%o)", async (options) => {
		const { status, headers, json } = await refusedSocket(`${world.origin}/v1/socket`, options);
		expect({ status, code: json.code }).toEqual({ status: 400, code: "bad_request" });
		expect(headers["content-type"]).toBe("application/problem+json");
		expect(json.detail).toContain(protocol);
	});

	test("finds the subprotocol among others", async () => {
		const socket = await openSocket(`${world.origin}/v1/socket`, { protocol: ["other", protocol] });
		expect(socket.socket.protocol).toBe(protocol);
		socket.close();
	});

	test("by an ordinary request is 400", async () => {
		expect(await ask(`${world.origin}/v1/socket`)).toMatchObject({ status: 400, json: { code: "bad_request" } });
	});
});

describe("subscribe", () => {
	test("is answered with the cursor, then come past, live, and what follows", async () => {
		const one = (await ask(at("sub"), { body: { n: 1 } })).json;
		const socket = await open();
		expect(await answer(socket, { op: "subscribe", ref: 7, channel: "sub", after: "first" })).toEqual({
			op: "ok",
			ref: 7,
			next: one.id.replace(/-1$/, "-0"),
		});
		expect(await socket.next()).toEqual({ op: "message", id: one.id, channel: "sub", data: { n: 1 }, time: one.time });
		expect(await socket.next()).toEqual({ op: "live", channel: "sub", next: one.id });
		const two = (await ask(at("sub", "?event=said&key=k"), { body: { n: 2 } })).json;
		expect(await socket.next()).toMatchObject({ op: "message", id: two.id, event: "said", key: "k" });
		socket.close();
	});

	test("begins now unless it says otherwise; with after=cursor and with last=n", async () => {
		const items = [1, 2, 3].map((data) => ({ channel: "begin", data }));
		const ids = (await ask(`${world.origin}/v1/messages`, { body: items })).json.map(({ id }: { id: string }) => id);
		for (const [start, expected] of [
			[{}, []],
			[{ after: "now" }, []],
			[{ after: "first" }, [1, 2, 3]],
			[{ after: ids[1] }, [3]],
			[{ last: 2 }, [2, 3]],
			[{ after: ids[1], last: 3 }, [3]],
		] as const) {
			const socket = await open();
			socket.send({ op: "subscribe", ref: 1, channel: "begin", ...start });
			const [, ...messages] = await socket.take(1 + expected.length);
			expect(messages.map(({ data }) => data)).toEqual(expected);
			expect(await socket.next()).toEqual({ op: "live", channel: "begin", next: ids[2] });
			socket.close();
		}
	});

	test("tells a gap before any message", async () => {
		const { id } = (await ask(at("gap"), { body: { n: 1 } })).json;
		await ask(`${world.origin}/v1/channels/gap`, { method: "DELETE" });
		const fresh = (await ask(at("gap"), { body: { n: 2 } })).json;
		const socket = await open();
		socket.send({ op: "subscribe", channel: "gap", after: id });
		const [ok, gap, message] = await socket.take(3);
		expect(ok).toEqual({ op: "ok", next: id });
		expect(gap).toEqual({ op: "gap", channel: "gap", after: id, next: expect.any(String), reason: "reset" });
		expect(message.id).toBe(fresh.id);
		socket.close();
	});

	test("a second time on the same channel is already_subscribed, until it is unsubscribed", async () => {
		const socket = await open();
		socket.send({ op: "subscribe", ref: 1, channel: "twice" });
		await socket.take(2);
		expect(await answer(socket, { op: "subscribe", ref: 2, channel: "twice", after: "first" })).toMatchObject({
			op: "error",
			ref: 2,
			code: "already_subscribed",
			detail: expect.any(String),
		});
		expect(await answer(socket, { op: "unsubscribe", ref: 3, channel: "twice" })).toEqual({ op: "ok", ref: 3 });
		expect(await answer(socket, { op: "subscribe", ref: 4, channel: "twice" })).toMatchObject({ op: "ok", ref: 4 });
		socket.close();
	});

	test("follows many channels on one connection, up to the limit", async () => {
		await withWorld({ maxChannelsPerConnection: 3 }, async ({ origin }) => {
			const socket = await open(origin);
			for (const channel of ["a", "b", "c"]) {
				expect(await answer(socket, { op: "subscribe", ref: 1, channel })).toMatchObject({ op: "ok" });
				expect(await socket.next()).toMatchObject({ op: "live", channel });
			}
			expect(await answer(socket, { op: "subscribe", ref: 2, channel: "d" })).toMatchObject({ op: "error", code: "bad_request" });
			await ask(`${origin}/v1/messages`, { body: [..."abcd"].map((channel) => ({ channel, data: channel })) });
			expect((await socket.take(3)).map(({ data }) => data).sort()).toEqual(["a", "b", "c"]);
			socket.close();
		});
	});

	test("no longer, nothing comes after the answer to unsubscribe", async () => {
		const socket = await open();
		socket.send({ op: "subscribe", channel: "left" });
		await socket.take(2);
		expect(await answer(socket, { op: "unsubscribe", ref: 1, channel: "left" })).toEqual({ op: "ok", ref: 1 });
		await ask(at("left"), { body: { n: 1 } });
		expect(await answer(socket, { op: "ping", ref: 2 })).toEqual({ op: "pong", ref: 2 });
		expect((await ask(`${world.origin}/v1/channels/left`)).json.readers.websocket).toBe(0);
		socket.close();
	});
});

describe("publish", () => {
	test.each([
		[{ data: { a: 1 } }, { data: { a: 1 } }],
		[{ data: null }, { data: null }],
		[
			{ data: "AP8=", encoding: "base64" },
			{ data: "AP8=", encoding: "base64" },
		],
		[
			{ data: 1, event: "said", key: "k" },
			{ data: 1, event: "said", key: "k" },
		],
	])("of %j is answered with id and time", async (fields, expected) => {
		const socket = await open();
		const told = await answer(socket, { op: "publish", ref: 5, channel: "pub", ...fields });
		expect(told).toEqual({ op: "ok", ref: 5, id: expect.any(String), time: expect.any(Number) });
		expect((await ask(at("pub", "?last=1"))).json.messages).toEqual([{ channel: "pub", ...expected, ...idOf(told) }]);
		socket.close();
	});

	test("with an idempotency key stores once, and is refused with other data", async () => {
		const socket = await open();
		const operation = { op: "publish", ref: 1, channel: "once", data: 1, idempotencyKey: "k" };
		const first = await answer(socket, operation);
		expect(await answer(socket, operation)).toEqual(first);
		expect(await answer(socket, { ...operation, data: 2 })).toMatchObject({ op: "error", ref: 1, code: "key_reused" });
		expect((await ask(at("once", "?after=first"))).json.messages).toHaveLength(1);
		socket.close();
	});

	test("in a row keeps its order", async () => {
		const socket = await open();
		for (let n = 0; n < 200; n++) socket.send({ op: "publish", ref: n, channel: "row", data: n });
		const told = await socket.take(200);
		expect(told.map(({ ref }) => ref)).toEqual(Array.from({ length: 200 }, (_, n) => n));
		expect((await ask(at("row", "?after=first&limit=1000"))).json.messages.map(({ data }: { data: number }) => data)).toEqual(
			told.map(({ ref }) => ref),
		);
		socket.close();
	});

	test("above a rate that is set is told, and the connection stays", async () => {
		await withWorld({ publishRate: 2 }, async ({ origin }) => {
			const socket = await open(origin);
			for (let ref = 0; ref < 4; ref++) socket.send({ op: "publish", ref, channel: "a", data: ref });
			const told = await socket.take(4);
			expect(told.filter(({ code }) => code === "rate_limited").length).toBeGreaterThanOrEqual(1);
			expect(await answer(socket, { op: "ping" })).toEqual({ op: "pong" });
			socket.close();
		});
	});
});

test("ping is answered with pong and its ref", async () => {
	const socket = await open();
	expect(await answer(socket, { op: "ping", ref: 1.5 })).toEqual({ op: "pong", ref: 1.5 });
	expect(await answer(socket, { op: "ping" })).toEqual({ op: "pong" });
	socket.close();
});

describe("auth", () => {
	test("renews the token in place: what it may no longer read ends, the rest goes on", async () => {
		const authorize: NonNullable<HoldfastOptions["authorize"]> = (request, channel, action) =>
			action === "admin" || channel === "open" || (request.headers.authorization === "Bearer good" && { from: "ann" });
		await withWorld({ authorize }, async ({ origin }) => {
			const socket = await open(origin);
			const subscribe = { op: "subscribe", ref: 1, channel: "closed" };
			expect(await answer(socket, subscribe)).toMatchObject({ op: "error", ref: 1, code: "forbidden" });
			expect(await answer(socket, { op: "auth", ref: 2, token: "good" })).toEqual({ op: "ok", ref: 2 });
			expect(await answer(socket, subscribe)).toMatchObject({ op: "ok", ref: 1 });
			await socket.next();
			expect(await answer(socket, { op: "subscribe", channel: "open" })).toMatchObject({ op: "ok" });
			await socket.next();
			socket.send({ op: "publish", ref: 3, channel: "closed", data: 1 });
			const published = await socket.take(2);
			expect(published).toContainEqual(expect.objectContaining({ op: "message", from: "ann" }));
			socket.send({ op: "auth", ref: 4, token: "bad" });
			const [ok, ended] = await socket.take(2);
			expect(ok).toEqual({ op: "ok", ref: 4 });
			expect(ended).toMatchObject({ op: "error", code: "forbidden" });
			expect(await answer(socket, { op: "publish", ref: 5, channel: "closed", data: 2 })).toMatchObject({ code: "forbidden" });
			expect((await ask(`${origin}/v1/channels/closed`)).json.readers.websocket).toBe(0);
			expect((await ask(`${origin}/v1/channels/open`)).json.readers.websocket).toBe(1);
			socket.close();
		});
	});
});

describe("what is no operation is told, and the connection stays", () => {
	test.each<[unknown, string, number?]>([
		["{", "bad_json"],
		["", "bad_json"],
		['{"op":"ping","ref":1e999}', "bad_json"],
		["[".repeat(32_000), "bad_json"],
		["null", "bad_operation"],
		["[]", "bad_operation"],
		['"ping"', "bad_operation"],
		["{}", "bad_operation"],
		[new Uint8Array([123, 125]), "bad_operation"],
		[{ op: "nonsense", ref: 1 }, "bad_operation", 1],
		[{ op: "toString", ref: 2 }, "bad_operation", 2],
		[{ op: "__proto__", ref: 3 }, "bad_operation", 3],
		[{ op: ["ping"], ref: 4 }, "bad_operation", 4],
		[{ op: "ping", ref: "x" }, "bad_request"],
		[{ op: "subscribe", ref: 5 }, "bad_channel", 5],
		[{ op: "subscribe", ref: 6, channel: "a/b" }, "bad_channel", 6],
		[{ op: "subscribe", ref: 7, channel: ["a"] }, "bad_channel", 7],
		[{ op: "subscribe", ref: 8, channel: "x", after: "x" }, "bad_cursor", 8],
		[{ op: "subscribe", ref: 9, channel: "x", after: 5 }, "bad_cursor", 9],
		[{ op: "subscribe", ref: 10, channel: "x", last: 0 }, "bad_request", 10],
		[{ op: "subscribe", ref: 11, channel: "x", last: 1001 }, "bad_request", 11],
		[{ op: "subscribe", ref: 12, channel: "x", last: "5" }, "bad_request", 12],
		[{ op: "unsubscribe", ref: 13, channel: ".." }, "bad_channel", 13],
		[{ op: "publish", ref: 14, channel: "x" }, "bad_request", 14],
		[{ op: "publish", ref: 15, data: 1 }, "bad_channel", 15],
		[{ op: "publish", ref: 16, channel: "$x", data: 1 }, "forbidden", 16],
		[{ op: "publish", ref: 17, channel: "x", data: 1, event: "$open" }, "bad_event", 17],
		[{ op: "publish", ref: 18, channel: "x", data: 1, event: "" }, "bad_event", 18],
		[{ op: "publish", ref: 19, channel: "x", data: 1, key: "a\nb" }, "bad_key", 19],
		[{ op: "publish", ref: 20, channel: "x", data: 1, idempotencyKey: 5 }, "bad_key", 20],
		[{ op: "publish", ref: 21, channel: "x", data: "no base64!", encoding: "base64" }, "bad_request", 21],
		[{ op: "publish", ref: 22, channel: "x", data: "x", encoding: "hex" }, "bad_request", 22],
		[{ op: "publish", ref: 23, channel: "x", data: "x".repeat(65 * 1024) }, "too_large", 23],
		[{ op: "auth", ref: 24 }, "bad_request", 24],
	])("%j is %s", async (frame, code, ref) => {
		const socket = await open();
		const told = await answer(socket, frame);
		expect(told).toEqual({ op: "error", code, detail: expect.stringMatching(/./), ...(ref === undefined ? {} : { ref }) });
		expect(await answer(socket, { op: "ping", ref: 99 })).toEqual({ op: "pong", ref: 99 });
		expect((await ask(at("x", "?after=first"))).json.messages).toEqual([]);
		socket.close();
	});
});

test("a server that goes away says so first, and then closes with 4001", async () => {
	const leaving = await startWorld({ drainTime: 300 });
	const socket = await open(leaving.origin);
	const closing = leaving.close();
	expect(await socket.next()).toEqual({ op: "goaway", delay: expect.any(Number), reason: "draining" });
	expect((await socket.closed).code).toBe(4001);
	await closing;
});

function idOf(told: unknown): object {
	const { id, time } = told as { id: string; time: number };
	return { id, time };
}
