import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { openSocket } from "../support/socket.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
	world = await startWorld();
});
afterAll(() => world.close());

const at = (channel: string, query = "") => `${world.origin}/v1/channels/${channel}/messages${query}`;
const messagesOf = async (channel: string) => (await ask(at(channel, "?after=first"))).json.messages;

describe("a plain WebSocket", () => {
	test("opens, tells the past, is live, and goes on, each a text frame", async () => {
		const one = (await ask(at("order"), { body: { n: 1 } })).json;
		const socket = await openSocket(at("order", "?after=first"));
		expect(await socket.next()).toEqual({ op: "open", next: one.id.replace(/-1$/, "-0") });
		expect(await socket.next()).toEqual({ id: one.id, channel: "order", data: { n: 1 }, time: one.time });
		expect(await socket.next()).toEqual({ op: "live", next: one.id });
		const two = (await ask(at("order", "?event=said&key=k"), { body: new Uint8Array([7]) })).json;
		expect(await socket.next()).toEqual({
			id: two.id,
			channel: "order",
			data: "Bw==",
			encoding: "base64",
			time: two.time,
			event: "said",
			key: "k",
		});
		socket.close();
	});

	test("tells a gap before any message", async () => {
		const { id } = (await ask(at("gap"), { body: { n: 1 } })).json;
		await ask(`${world.origin}/v1/channels/gap`, { method: "DELETE" });
		const fresh = (await ask(at("gap"), { body: { n: 2 } })).json;
		const socket = await openSocket(at("gap", `?after=${id}`));
		const [open, gap, message, live] = await socket.take(4);
		expect(open).toEqual({ op: "open", next: id });
		expect(gap).toEqual({ op: "gap", channel: "gap", after: id, next: expect.any(String), reason: "reset" });
		expect(message.id).toBe(fresh.id);
		expect(live).toEqual({ op: "live", next: fresh.id });
		socket.close();
	});

	test("negotiates no extension", async () => {
		const socket = await openSocket(at("bare"), { headers: { "Sec-WebSocket-Extensions": "permessage-deflate" } });
		expect(socket.socket.extensions).toBe("");
		socket.close();
	});

	test.each([
		['{"a":[1,null]}', { data: { a: [1, null] } }],
		["42", { data: 42 }],
		['"quoted"', { data: "quoted" }],
		["plain text", { data: "plain text" }],
		["", { data: "" }],
		["{not json", { data: "{not json" }],
		["1e400", { data: "1e400" }],
		['{"op":"publish"}', { data: { op: "publish" } }],
		[new Uint8Array([1, 2, 255]), { data: "AQL/", encoding: "base64" }],
		[new Uint8Array(0), { data: "", encoding: "base64" }],
	])("publishes a frame of %j, without an answer but the message itself", async (frame, expected) => {
		const channel = `sent${typeof frame}${frame.length}`;
		const socket = await openSocket(at(channel));
		await socket.take(2);
		socket.send(frame);
		expect(await socket.next()).toMatchObject({ channel, ...expected });
		expect(await messagesOf(channel)).toMatchObject([expected]);
		socket.close();
	});

	test("publishes its frames in the order in which they came", async () => {
		const socket = await openSocket(at("inorder"));
		await socket.take(2);
		for (let n = 0; n < 200; n++) socket.send(String(n));
		const data = (await socket.take(200)).map((message) => message.data);
		expect(data).toEqual(Array.from({ length: 200 }, (_, n) => n));
		socket.close();
	});
});

describe("a frame that is refused closes with", () => {
	test("4503 where publishing is not allowed, and nothing of it is delivered", async () => {
		const closed = await startWorld({ authorize: (_, _channel, action) => action === "read" || action === "admin" });
		const socket = await openSocket(`${closed.origin}/v1/channels/a/messages`);
		await socket.take(2);
		socket.send("1");
		expect(await socket.closed).toEqual({ code: 4503, reason: "forbidden" });
		expect((await ask(`${closed.origin}/v1/channels/a/messages?after=first`)).json.messages).toEqual([]);
		await closed.close();
	});

	test("4503 on a channel of the server's own", async () => {
		const socket = await openSocket(at("$own"));
		socket.send("1");
		expect((await socket.closed).code).toBe(4503);
	});

	test.each([
		["text", "x".repeat(64 * 1024), "x".repeat(64 * 1024 + 1)],
		["binary", new Uint8Array(64 * 1024), new Uint8Array(64 * 1024 + 1)],
	])("4513 when it is too large (%s), 1009 above twice the limit", async (kind, largest, tooLarge) => {
		const channel = `large-${kind}`;
		const socket = await openSocket(at(channel));
		await socket.take(2);
		socket.send(largest);
		expect((await socket.next()).data.length).toBeGreaterThanOrEqual(64 * 1024);
		socket.send(tooLarge);
		expect(await socket.closed).toEqual({ code: 4513, reason: "too_large" });
		for (const [size, code] of [
			[128 * 1024, 4513],
			[128 * 1024 + 1, 1009],
		] as const) {
			const again = await openSocket(at(channel));
			again.send(new Uint8Array(size));
			expect((await again.closed).code).toBe(code);
		}
		expect(await messagesOf(channel)).toHaveLength(1);
	});

	test("4029 above a rate that is set, since there is no answer", async () => {
		const slow = await startWorld({ publishRate: 2 });
		const socket = await openSocket(`${slow.origin}/v1/channels/a/messages`);
		for (let n = 0; n < 4; n++) socket.send(String(n));
		expect(await socket.closed).toEqual({ code: 4029, reason: "rate_limited" });
		await slow.close();
	});
});

test("a server that goes away closes with 4001, and lets no one in", async () => {
	const leaving = await startWorld({ drainTime: 100 });
	const socket = await openSocket(`${leaving.origin}/v1/channels/a/messages`);
	await socket.take(2);
	const closing = leaving.holdfast.close();
	expect((await socket.closed).code).toBe(4001);
	await closing;
	await expect(openSocket(`${leaving.origin}/v1/channels/a/messages`)).rejects.toThrow("503");
	await leaving.close();
});

test("a peer is pinged, and dropped when it has fallen silent", async () => {
	const pinging = await startWorld({ pingInterval: 1000, pongTimeout: 1000 });
	const alive = await openSocket(`${pinging.origin}/v1/channels/a/messages`);
	const silent = await openSocket(`${pinging.origin}/v1/channels/a/messages`);
	silent.socket.pong = () => undefined;
	(silent.socket as unknown as { _autoPong: boolean })._autoPong = false;
	let pings = 0;
	alive.socket.on("ping", () => pings++);
	const began = performance.now();
	expect((await silent.closed).code).toBe(1006);
	expect(performance.now() - began).toBeGreaterThan(1500);
	expect(performance.now() - began).toBeLessThan(3000);
	expect(pings).toBeGreaterThanOrEqual(1);
	expect(alive.socket.readyState).toBe(alive.socket.OPEN);
	alive.close();
	await pinging.close();
});
