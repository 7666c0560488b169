/** Clients that ask and never read: what waits for them is bounded, and they are sent away. */
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { openRaw } from "../support/raw.ts";
import { openSocket } from "../support/socket.ts";
import { startWorld, type World } from "../support/world.ts";
import { expectNobody, expectUnharmed } from "./unharmed.ts";

const outboundBytes = 64 * 1024;

let world: World;
beforeEach(async () => {
	world = await startWorld({ outboundBytes, stallTimeout: 1000, pageBytes: 8 * 1024 * 1024 });
});
afterEach(async () => {
	await expectUnharmed(world);
	await world.close();
});

const path = "/v1/channels/a/messages";
const get = (target: string, headers = "") => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
const handshake = (target: string, headers = "") =>
	get(
		target,
		`Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${headers}`,
	);

/** A masked text frame, with a mask of zeros. */
function frame(opcode: number, text: string): Buffer {
	const size = Buffer.byteLength(text);
	const head = size < 126 ? Buffer.from([0x80 | opcode, 0x80 | size]) : Buffer.from([0x80 | opcode, 0xfe, size >> 8, size & 255]);
	return Buffer.concat([head, Buffer.alloc(4), Buffer.from(text)]);
}

/** Sends, and never reads. */
async function mute(first: string | Buffer): Promise<{ socket: Socket; server: Socket }> {
	const before = new Set(world.sockets);
	const socket = connect(world.port, "127.0.0.1").pause();
	socket.on("error", () => undefined);
	socket.write(first);
	await expect.poll(() => world.sockets.size).toBe(before.size + 1);
	const server = [...world.sockets].find((one) => !before.has(one));
	if (server === undefined) throw new Error("no connection");
	return { socket, server };
}

/** Publishes `mebibytes` to channel a. */
async function fill(mebibytes: number, { origin } = world): Promise<void> {
	const body = Array.from({ length: 16 }, () => ({ channel: "a", data: "x".repeat(60_000) }));
	for (let i = 0; i < mebibytes; i++) await ask(`${origin}/v1/messages`, { body });
}

test("a reader that never reads holds a bounded queue, and is sent away when it makes no progress", async () => {
	const full = handshake("/v1/socket", "Sec-WebSocket-Protocol: holdfast.v1\r\n");
	const subscribe = frame(1, '{"op":"subscribe","channel":"a"}');
	const readers = [
		await mute(get(path, "Accept: text/event-stream\r\n")),
		await mute(handshake(path)),
		await mute(Buffer.concat([Buffer.from(full), subscribe])),
	];
	const counts = async () => (await ask(`${world.origin}/v1/channels/a`)).json.readers;
	await expect.poll(counts).toMatchObject({ sse: 1, websocket: 2 });
	let most = 0;
	for (let i = 0; i < 20; i++) {
		await fill(1);
		most = Math.max(most, ...readers.map(({ server }) => server.writableLength));
	}
	expect(most).toBeGreaterThan(0);
	expect(most).toBeLessThan(2 * outboundBytes);
	await expectNobody(world, "a");
	await expect.poll(() => readers.filter(({ server }) => world.sockets.has(server)), { timeout: 8000 }).toEqual([]);
	for (const { socket } of readers) socket.destroy();
});

test("a poll's answer that is never read is cut off", async () => {
	await fill(7);
	const { socket, server } = await mute(get(`${path}?last=1000&limit=1000`).repeat(3));
	await expect.poll(() => server.writableLength).toBeGreaterThan(0);
	await expect.poll(() => world.sockets.has(server), { timeout: 5000 }).toBe(false);
	socket.destroy();
});

test("a poll's answer that is read slowly comes to its end", { timeout: 60_000 }, async () => {
	const stallTimeout = 4000;
	const slow = await startWorld({ outboundBytes, stallTimeout, pageBytes: 16 * 1024 * 1024 });
	await fill(15, slow);
	const began = performance.now();
	const raw = await openRaw(slow.port);
	raw.socket.pause();
	raw.write(get(`${path}?last=1000&limit=1000`));
	const [server] = slow.sockets;
	// What the kernel has not taken yet: it takes on when a good part of a few megabytes has been read.
	const waiting = () => (server as unknown as { _handle: { writeQueueSize: number } | null })._handle?.writeQueueSize ?? 0;
	await expect.poll(waiting).toBeGreaterThan(0);
	for (const _ of [1, 2]) {
		await new Promise((resolve) => setTimeout(resolve, 0.6 * stallTimeout));
		const before = waiting();
		raw.socket.resume();
		await expect.poll(waiting, { interval: 5 }).toBeLessThan(before);
		raw.socket.pause();
		expect(waiting()).toBeGreaterThan(0);
	}
	raw.socket.resume();
	await raw.until('"more":false}');
	expect(performance.now() - began).toBeGreaterThan(stallTimeout);
	// The time is over for the answer alone: a stream on the same connection may be silent for longer.
	raw.write(get("/v1/channels/quiet/messages", "Accept: text/event-stream\r\n"));
	await raw.until("$live");
	await new Promise((resolve) => setTimeout(resolve, 1.5 * stallTimeout));
	await ask(`${slow.origin}/v1/channels/quiet/messages`, { body: { still: "there" } });
	await raw.until('"still":"there"');
	raw.close();
	await slow.close();
});

describe("a full WebSocket that is full and goes on asking", () => {
	/** By its subscription, which fills a connection with far fewer bytes to handle than its answers would. */
	async function fillConnection(server: Socket): Promise<void> {
		for (let i = 0; i < 20 && server.writableLength === 0; i++) await fill(1);
		expect(server.writableLength).toBeGreaterThan(0);
	}

	test.each([
		["pings of the protocol", frame(9, "x".repeat(125))],
		["operations that are refused", frame(1, '{"op":"subscribe"}')],
		["publishes", frame(1, '{"op":"publish","channel":"b","data":1}')],
	])("by %s holds a bounded queue", async (kind, one) => {
		const { socket, server } = await mute(handshake("/v1/socket", "Sec-WebSocket-Protocol: holdfast.v1\r\n"));
		socket.write(frame(1, '{"op":"subscribe","channel":"a"}'));
		await fillConnection(server);
		const packet = Buffer.concat(Array<Buffer>(Math.floor(60_000 / one.length)).fill(one));
		let most = 0;
		for (let i = 0; i < 100 && socket.writableLength < 4 * packet.length; i++) {
			socket.write(packet);
			await new Promise((resolve) => setImmediate(resolve));
			most = Math.max(most, server.writableLength);
		}
		expect(most).toBeLessThan(1024 * 1024);
		// Pongs are left out while the connection is full; for what must be answered it is no longer read from.
		if (!server.destroyed) expect(server.isPaused()).toBe(kind !== "pings of the protocol");
		socket.destroy();
	});

	test("gets every answer when it reads at last, in order, and what it has published is there", async () => {
		const patient = await startWorld({ outboundBytes });
		const socket = await openSocket(`${patient.origin}/v1/socket`, { protocol: "holdfast.v1" });
		await socket.next();
		const [server] = patient.sockets;
		socket.send({ op: "subscribe", channel: "a" });
		await socket.take(2);
		socket.socket.pause();
		for (let i = 0; i < 20 && server?.writableLength === 0; i++) await fill(1, patient);
		const count = 500;
		for (let ref = 0; ref < count; ref++) socket.send({ op: "publish", ref, channel: "b", data: ref });
		await expect.poll(() => server?.isPaused()).toBe(true);
		socket.socket.resume();
		for (let ref = 0; ref < count; ) {
			const told = await socket.next();
			if (told.op === "message") continue;
			expect(told).toMatchObject({ op: "ok", ref: ref++ });
		}
		const kept = (await ask(`${patient.origin}/v1/channels/b/messages?after=first&limit=1000`)).json.messages;
		expect(kept.map(({ data }: { data: number }) => data)).toEqual([...Array(count).keys()]);
		socket.close();
		await patient.close();
	});
});
