/** Bodies that are too large, never whole, or no data at all. */
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { openRaw } from "../support/raw.ts";
import { startWorld, type World } from "../support/world.ts";
import { expectUnharmed } from "./unharmed.ts";

let world: World;
beforeAll(async () => {
	world = await startWorld();
});
afterEach(async () => {
	await expectUnharmed(world);
	const left = await ask(`${world.origin}/v1/channels/a/messages?after=first`);
	expect(left.json.messages).toEqual([]);
});
afterAll(() => world.close());

const mebibyte = 1024 * 1024;
const head = (path: string, headers: string) =>
	`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}\r\n\r\n`;
const withLength = (size: number) => `Content-Length: ${size}`;
const chunked = "Transfer-Encoding: chunked";

/** Writes `head` and then `size` bytes without looking for an answer; gives what can be read once all is written. */
function writeThenRead(first: string, size: number, inChunks: boolean): Promise<string> {
	const part = Buffer.alloc(16 * 1024, "[");
	const piece = inChunks ? Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n")]) : part;
	return new Promise((resolve) => {
		let text = "";
		const socket = connect(world.port, "127.0.0.1").pause();
		socket.on("data", (chunk) => {
			text += chunk;
			if (text.includes('"code"')) socket.destroy();
		});
		socket.on("error", () => undefined);
		socket.once("close", () => resolve(text));
		socket.write(first);
		let left = size;
		const write = () => {
			while (left > 0) {
				left -= part.length;
				if (!socket.write(piece)) {
					socket.once("drain", write);
					return;
				}
			}
			socket.resume();
		};
		write();
	});
}

describe.each([
	["one message", "/v1/channels/a/messages"],
	["a batch", "/v1/messages"],
])("%s over the limit", (_, path) => {
	test("is answered 413 as soon as its length is told", async () => {
		const raw = await openRaw(world.port, head(path, withLength(100 * mebibyte)));
		expect(await raw.until('"too_large"')).toMatch(/^HTTP\/1\.1 413 /);
		raw.close();
	});

	test("without a length is answered 413 as soon as it is too long", async () => {
		const raw = await openRaw(world.port, head(path, chunked));
		raw.write(`200000\r\n${"[".repeat(0x200000)}\r\n`);
		expect(await raw.until('"too_large"')).toMatch(/^HTTP\/1\.1 413 /);
		raw.close();
	});

	test("is told so to a client that reads only when it has written all of it", async () => {
		expect(await writeThenRead(head(path, withLength(3 * mebibyte)), 3 * mebibyte, false)).toMatch(/^HTTP\/1\.1 413 /);
		expect(await writeThenRead(head(path, chunked), 3 * mebibyte, true)).toMatch(/^HTTP\/1\.1 413 /);
	});

	test("is told so to a client that goes on writing for ever", async () => {
		const raw = await openRaw(world.port, head(path, chunked));
		const piece = `10000\r\n${"[".repeat(0x10000)}\r\n`;
		for (let i = 0; i < 1000 && !raw.text.includes("too_large"); i++) {
			raw.write(piece);
			await new Promise((resolve) => setImmediate(resolve));
		}
		expect(raw.text).toMatch(/^HTTP\/1\.1 413 /);
		const more = setInterval(() => raw.write(piece), 1);
		await raw.ended;
		clearInterval(more);
	});

	test("that waits for 100-continue is answered, and may be followed by another request", async () => {
		const raw = await openRaw(world.port, head(path, `${withLength(2 * mebibyte)}\r\nExpect: 100-continue`));
		await raw.until("too_large");
		raw.close();
	});

	test("leaves the connection whole for the next request", async () => {
		const raw = await openRaw(world.port, head(path, withLength(2 * mebibyte)));
		raw.write(Buffer.alloc(2 * mebibyte, "["));
		raw.write("GET /v1/channels/b/messages HTTP/1.1\r\nHost: localhost\r\n\r\n");
		await raw.until('"more":false');
		raw.close();
	});
});

describe("a length that lies", () => {
	test.each([
		["-1", 400],
		["1e3", 400],
		["0x10", 400],
		["99999999999999999999", 400],
		["5\r\nContent-Length: 6", 400],
		["5\r\nTransfer-Encoding: chunked", 400],
	])("%j is refused", async (length, status) => {
		const raw = await openRaw(world.port, `${head("/v1/channels/a/messages", `Content-Length: ${length}`)}hello`);
		await raw.ended;
		expect(raw.text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
	});

	test("by being too long never publishes, and is over when the client goes", async () => {
		const raw = await openRaw(world.port, `${head("/v1/channels/a/messages", withLength(10))}1`);
		await new Promise((resolve) => setTimeout(resolve, 50));
		raw.close();
	});
});

/** Bodies and what they are, all refused. */
const refused: readonly (readonly [string, string | Uint8Array, string])[] = [
	["nothing", "", "bad_json"],
	["half a value", '{"a":', "bad_json"],
	["two values", "1 1", "bad_json"],
	["a comma too many", "[1,]", "bad_json"],
	["a number too large for any double", "1e400", "bad_json"],
	["a number too large, deep inside", `${'{"a":['.repeat(20)}-1E+999${"]}".repeat(20)}`, "bad_json"],
	["a number of 400 digits", "9".repeat(400), "bad_json"],
	["32 k nested arrays", "[".repeat(32_768) + "]".repeat(32_768), "bad_json"],
	["32 k nested arrays that never end", "[".repeat(32_768), "bad_json"],
	["10 k nested objects", `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`, "bad_json"],
	["deep nesting with a large number", `${"[".repeat(30_000)}1e400${"]".repeat(30_000)}`, "bad_json"],
	["bytes that are not UTF-8", new Uint8Array([0x22, 0xc3, 0x28, 0x22]), "bad_json"],
	["overlong UTF-8", new Uint8Array([0x22, 0xc0, 0xaf, 0x22]), "bad_json"],
	["a surrogate in UTF-8", new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), "bad_json"],
	["UTF-16", Buffer.from('"a"', "utf16le"), "bad_json"],
	["a control character in a string", '"\u0001"', "bad_json"],
];

test.each(refused)("%s is refused as one message, as a batch and as an item", async (_, body, code) => {
	const headers = { "Content-Type": "application/json" };
	const one = await ask(`${world.origin}/v1/channels/a/messages`, { body, headers });
	expect({ status: one.status, code: one.json.code }).toEqual({ status: 400, code });
	expect(one.json.detail.length).toBeLessThan(300);
	const batch = await ask(`${world.origin}/v1/messages`, { body, headers });
	// Whole arrays are batches, of an item that is none.
	expect(batch.json.status ?? batch.json[0].status).toBe(400);
	const parts = [Buffer.from('[{"channel":"a","data":'), Buffer.from(body as Uint8Array), Buffer.from("}]")];
	const item = await ask(`${world.origin}/v1/messages`, { body: Buffer.concat(parts), headers });
	expect([item.status, item.json.code ?? item.json[0].code]).toEqual([item.json.code === undefined ? 201 : 400, code]);
});

test("nesting that is kept can be read in every way", async () => {
	const body = "[".repeat(1000) + "]".repeat(1000);
	const url = `${world.origin}/v1/channels/deep/messages`;
	expect((await ask(url, { body, headers: { "Content-Type": "application/json" } })).status).toBe(201);
	expect((await ask(`${url}?after=first`)).text).toContain(body);
});

test("names of properties that mean something to JavaScript are data like any other", async () => {
	const body = '{"__proto__":{"x":1},"constructor":null,"toJSON":"no","then":1}';
	const url = `${world.origin}/v1/channels/proto/messages`;
	await ask(url, { body, headers: { "Content-Type": "application/json" } });
	expect((await ask(`${url}?after=first`)).text).toContain(body);
	const batch = `[{"channel":"proto","data":${body},"__proto__":{"event":"x"},"constructor":1}]`;
	expect(
		(await ask(`${world.origin}/v1/messages`, { body: batch, headers: { "Content-Type": "application/json" } })).status,
	).toBe(201);
	expect((await ask(`${url}?last=1`)).json.messages[0]).not.toHaveProperty("event");
});
