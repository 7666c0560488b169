/** Handshakes and frames that no WebSocket client would send. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { openRaw, type Raw } from "../support/raw.ts";
import { startWorld, type World } from "../support/world.ts";
import { expectNobody, expectUnharmed } from "./unharmed.ts";

let world: World;
beforeAll(async () => {
	world = await startWorld();
});
afterEach(async () => {
	await expectNobody(world, "a");
	await expectUnharmed(world);
});
afterAll(() => world.close());

const path = "/v1/channels/a/messages";
const usual = {
	Host: "localhost",
	Connection: "Upgrade",
	Upgrade: "websocket",
	"Sec-WebSocket-Version": "13",
	"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
};

function handshake(target: string, headers: Record<string, string | undefined> = {}, method = "GET"): string {
	const lines = Object.entries({ ...usual, ...headers }).filter(([, value]) => value !== undefined);
	return `${method} ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
}

describe("a handshake", () => {
	test.each<[string, Record<string, string | undefined>]>([
		["without a key", { "Sec-WebSocket-Key": undefined }],
		["with an empty key", { "Sec-WebSocket-Key": "" }],
		["with a key that is too short", { "Sec-WebSocket-Key": "AAAA" }],
		["with a key that is no base64", { "Sec-WebSocket-Key": "!!!!!!!!!!!!!!!!!!!!!!==" }],
		["without a version", { "Sec-WebSocket-Version": undefined }],
		["of version 8", { "Sec-WebSocket-Version": "8" }],
		["of version 13 and more", { "Sec-WebSocket-Version": "13, 8" }],
		["to something else", { Upgrade: "h2c" }],
		["to something besides", { Upgrade: "websocket, h2c" }],
	])("%s is 400 on each route, and the connection ends", async (_, headers) => {
		for (const target of [path, "/v1/messages?channel=a", "/v1/socket"]) {
			const raw = await openRaw(world.port, handshake(target, { "Sec-WebSocket-Protocol": "holdfast.v1", ...headers }));
			await raw.ended;
			expect(raw.text).toMatch(/^HTTP\/1\.1 400 [\s\S]*application\/problem\+json[\s\S]*"bad_request"/);
		}
	});

	test("of the wrong version is told which one to use", async () => {
		const raw = await openRaw(world.port, handshake(path, { "Sec-WebSocket-Version": "8" }));
		await raw.ended;
		expect(raw.text).toMatch(/\r\nSec-WebSocket-Version: 13\r\n/i);
	});

	test("with another method is 405 with Allow", async () => {
		const raw = await openRaw(world.port, handshake(path, {}, "POST"));
		await raw.ended;
		expect(raw.text).toMatch(/^HTTP\/1\.1 405 [\s\S]*\r\nAllow: GET\r\n[\s\S]*"method_not_allowed"/);
	});

	test("on what is no route is 404, and on a bad target what it would be without it", async () => {
		for (const [target, start] of [
			["/v1/nothing", 404],
			["/", 404],
			["/v1/channels/a", 404],
			["/v1/channels/%ff/messages", 400],
			[`${path}?%`, 400],
			["/v1/messages", 400],
		]) {
			const raw = await openRaw(world.port, handshake(String(target)));
			await raw.ended;
			expect([target, raw.text.slice(0, 12)]).toEqual([target, `HTTP/1.1 ${start}`]);
		}
	});

	test("that is good is accepted with the key that belongs to it", async () => {
		const raw = await openRaw(world.port, handshake(path, { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" }));
		expect(await raw.until('"live"')).toMatch(/^HTTP\/1\.1 101 [\s\S]*Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/i);
		raw.close();
	});

	test("may have its first frame right behind it", async () => {
		const raw = await openRaw(world.port, Buffer.concat([Buffer.from(handshake(path)), frame(1, "42")]));
		await raw.until('"data":42');
		raw.close();
	});
});

/** A frame, masked with zeros unless it is said otherwise. */
function frame(opcode: number, payload: string | Buffer, { fin = true, masked = true, length = -1, rsv = 0 } = {}): Buffer {
	const body = Buffer.from(payload);
	const size = length === -1 ? body.length : length;
	const mask = masked ? 0x80 : 0;
	const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
	if (size < 126) head.push(mask | size);
	else if (size < 65_536) head.push(mask | 126, size >> 8, size & 255);
	else head.push(mask | 127, ...[...Array(8).keys()].map((i) => Math.floor(size / 2 ** (8 * (7 - i))) & 255));
	return Buffer.concat([Buffer.from(head), Buffer.alloc(masked ? 4 : 0), body]);
}

/** Opens both forms, one after the other, sends, and expects the connection to end with the close code. */
async function expectClosed(bytes: readonly Buffer[], code: number): Promise<void> {
	for (const [target, greeting] of [
		[path, '"live"'],
		["/v1/socket", '"hello"'],
	] as const) {
		const raw = await openRaw(world.port, handshake(target, { "Sec-WebSocket-Protocol": "holdfast.v1" }));
		await raw.until(greeting);
		for (const part of bytes) raw.write(part);
		expect([target, await closeCode(raw)]).toEqual([target, code]);
	}
}

async function closeCode(raw: Raw): Promise<number | undefined> {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: the bytes of a close frame.
	await raw.until(/\x88[\x02-\x7d][\s\S]{2}/).catch(() => undefined);
	raw.write(frame(8, Buffer.from([3, 232])));
	await raw.ended;
	const at = raw.text.lastIndexOf("\x88");
	return at === -1 ? undefined : Buffer.from(raw.text, "latin1").readUInt16BE(at + 2);
}

describe("a frame", () => {
	test.each<[string, Buffer[], number]>([
		["that is not masked", [frame(1, "1", { masked: false })], 1002],
		["that is not masked and empty", [frame(1, "", { masked: false })], 1002],
		["with an unknown opcode", [frame(3, "1")], 1002],
		["with an unknown control opcode", [frame(11, "")], 1002],
		["with a reserved bit", [frame(1, "1", { rsv: 4 })], 1002],
		["that continues nothing", [frame(0, "1")], 1002],
		["that begins anew in the middle", [frame(1, "1", { fin: false }), frame(1, "2")], 1002],
		["of control that is in parts", [frame(9, "1", { fin: false })], 1002],
		["of control that is too long", [frame(9, "x".repeat(126))], 1002],
		["of close with one byte", [frame(8, "x")], 1002],
		["of close with a code that is not sent", [frame(8, Buffer.from([3, 237]))], 1002],
		["of text that is not UTF-8", [frame(1, Buffer.from([0xff]))], 1007],
		["of text that ends within a character", [frame(1, Buffer.from([0xe2, 0x82]))], 1007],
		["that says it is 128 KiB and a byte", [frame(2, "", { length: 128 * 1024 + 1 })], 1009],
		["that says it is 8 PiB", [frame(2, "", { length: 2 ** 53 - 1 })], 1009],
		["whose parts together are too large", [2, 0, 0].map((code) => frame(code, "x".repeat(60_000), { fin: false })), 1009],
		["of more than 16 parts", [frame(1, "a", { fin: false }), ...Array(16).fill(frame(0, "a", { fin: false }))], 1008],
		["of empty parts without end", [frame(1, "", { fin: false }), ...Array(5000).fill(frame(0, "", { fin: false }))], 1008],
	])("%s closes the connection", async (_, bytes, code) => {
		await expectClosed(bytes, code);
		expect((await ask(`${world.origin}${path}?after=first`)).json.messages.length).toBeLessThanOrEqual(1);
	});

	test("of 16 parts, with a ping in between, is taken", async () => {
		const raw = await openRaw(world.port, handshake("/v1/channels/parts/messages"));
		await raw.until('"live"');
		raw.write(frame(1, "a", { fin: false }));
		for (let i = 0; i < 14; i++) raw.write(Buffer.concat([frame(9, "p"), frame(0, "b", { fin: false })]));
		raw.write(frame(0, "c"));
		expect(await raw.until('"data":')).toContain(`"data":"a${"b".repeat(14)}c"`);
		raw.close();
	});

	test("that comes byte by byte is taken", async () => {
		const raw = await openRaw(world.port, handshake("/v1/channels/bytes/messages"));
		raw.socket.setNoDelay(true);
		await raw.until('"live"');
		for (const byte of frame(1, "slow")) {
			raw.write(Buffer.from([byte]));
			await new Promise((resolve) => setTimeout(resolve, 2));
		}
		await raw.until('"data":"slow"');
		raw.close();
	});

	test("that is never whole holds nothing once its peer has gone", async () => {
		const raw = await openRaw(world.port, handshake(path));
		await raw.until('"live"');
		raw.write(frame(2, "x".repeat(1000), { length: 100_000 }));
		await new Promise((resolve) => setTimeout(resolve, 50));
		raw.close();
	});
});

test("a close with a code and a reason is answered with both", async () => {
	const raw = await openRaw(world.port, handshake(path));
	await raw.until('"live"');
	raw.write(frame(8, Buffer.concat([Buffer.from([3, 232]), Buffer.from("bye")])));
	await raw.ended;
	expect(raw.text.endsWith("\x88\x05\x03\xe8bye")).toBe(true);
});

test("a ping is answered with its data", async () => {
	const raw = await openRaw(world.port, handshake(path));
	await raw.until('"live"');
	raw.write(frame(9, "are you there"));
	await raw.until("\x8a\x0dare you there");
	raw.close();
});

test("a thousand sockets that open and close at once leave nothing behind", async () => {
	for (let i = 0; i < 10; i++) {
		const raws = await Promise.all(Array.from({ length: 100 }, () => openRaw(world.port, handshake(path))));
		for (const raw of raws) raw.close();
	}
	await expectNobody(world, "a");
	await expect.poll(() => world.sockets.size, { timeout: 5000 }).toBeLessThanOrEqual(1);
});
