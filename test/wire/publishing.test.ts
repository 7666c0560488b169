import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../support/http.ts";
import { openRaw } from "../support/raw.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
	world = await startWorld();
});
afterAll(() => world.close());

const at = (channel: string, query = "") => `${world.origin}/v1/channels/${channel}/messages${query}`;
const messagesOf = async (channel: string) => (await ask(at(channel, "?after=first"))).json.messages;
const post = (channel: string, body: string | Uint8Array, type?: string, headers: Record<string, string> = {}, query = "") =>
	ask(at(channel, query), { body, headers: { ...(type === undefined ? {} : { "Content-Type": type }), ...headers } });

let unique = 0;
const fresh = () => `c${++unique}`;
const limit = 64 * 1024;

test("a publish is 201 with id, channel and time, and can be read at once", async () => {
	const { status, headers, json } = await post("one", "1", "application/json");
	expect(status).toBe(201);
	expect(headers).toMatchObject({ "content-type": "application/json", "cache-control": "no-store" });
	expect(json).toEqual({ id: expect.stringMatching(/^[A-Za-z0-9._~-]+$/), channel: "one", time: expect.any(Number) });
	expect(await messagesOf("one")).toEqual([{ ...json, data: 1 }]);
});

describe("the body is", () => {
	test.each([
		["application/json", '{"a":1.50,"b":[1e2]}', { data: { a: 1.5, b: [100] } }],
		["application/json;charset=utf-8", '"é"', { data: "é" }],
		["Application/JSON; Charset=UTF-8", "1", { data: 1 }],
		['application/json; charset="utf8"', "1", { data: 1 }],
		["application/json", "\ufeff1", { data: 1 }],
		["application/json", " \n1\r\n ", { data: 1 }],
		["application/json", '{"a":1,"a":2}', { data: { a: 2 } }],
		["application/json", "12345678901234567890", { data: 12345678901234567000 }],
		["text/plain", "é\u0000\r\n", { data: "é\u0000\r\n" }],
		["text/plain;charset=utf-8", "1", { data: "1" }],
		["text/plain", "", { data: "" }],
		["text/plain", "\ufeffx", { data: "\ufeffx" }],
		["text/html", "x", { data: "eA==", encoding: "base64" }],
		["application/octet-stream", new Uint8Array([0, 255, 128]), { data: "AP+A", encoding: "base64" }],
		["application/problem+json", "{}", { data: "e30=", encoding: "base64" }],
		[undefined, "x", { data: "eA==", encoding: "base64" }],
		[undefined, "", { data: "", encoding: "base64" }],
	])("of type %s: %j is kept as %j", async (type, body, expected) => {
		const channel = fresh();
		expect((await post(channel, body, type)).status).toBe(201);
		const [message] = await messagesOf(channel);
		expect(message).toMatchObject(expected);
		expect("encoding" in message).toBe("encoding" in expected);
	});

	test.each([
		["application/json", "", 400, "bad_json"],
		["application/json", "{", 400, "bad_json"],
		["application/json", "1 2", 400, "bad_json"],
		["application/json", "NaN", 400, "bad_json"],
		["application/json", "'a'", 400, "bad_json"],
		["application/json", "1e400", 400, "bad_json"],
		["application/json", `{"a":[-1e999]}`, 400, "bad_json"],
		["application/json", "9".repeat(400), 400, "bad_json"],
		["application/json", "[".repeat(32_000) + "]".repeat(32_000), 400, "bad_json"],
		["application/json", new Uint8Array([34, 255, 34]), 400, "bad_json"],
		["application/json", new Uint8Array([34, 0xed, 0xa0, 0x80, 34]), 400, "bad_json"],
		["text/plain", new Uint8Array([255]), 400, "bad_request"],
		["text/plain", new Uint8Array([0xc3]), 400, "bad_request"],
	])("of type %s refused (%#)", async (type, body, status, code) => {
		const channel = fresh();
		const answer = await post(channel, body, type);
		expect({ status: answer.status, code: answer.json.code }).toEqual({ status, code });
		expect(await messagesOf(channel)).toEqual([]);
	});
});

describe("415, with a detail that names the header to send", () => {
	test.each([
		[{ "Content-Type": "application/x-www-form-urlencoded" }, "Content-Type"],
		[{ "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" }, "Content-Type"],
		[{ "Content-Type": "multipart/form-data; boundary=x" }, "Content-Type"],
		[{ "Content-Type": "application/json; charset=latin1" }, "Content-Type"],
		[{ "Content-Type": "text/plain;charset=ISO-8859-1" }, "Content-Type"],
		[{ "Content-Type": "text/plain; charset=utf-16" }, "Content-Type"],
		[{ "Content-Type": "application/json", "Content-Encoding": "gzip" }, "Content-Encoding"],
		[{ "Content-Type": "application/json", "Content-Encoding": "br" }, "Content-Encoding"],
		[{ "Content-Encoding": "deflate, gzip" }, "Content-Encoding"],
	])("for %o", async (headers, named) => {
		for (const url of [at("type"), `${world.origin}/v1/messages`]) {
			const { status, json } = await ask(url, { body: "[]", headers });
			expect({ status, code: json.code }).toEqual({ status: 415, code: "unsupported_type" });
			expect(json.detail).toContain(named);
		}
		expect(await messagesOf("type")).toEqual([]);
	});

	test("but Content-Encoding: identity is none", async () => {
		expect((await post(fresh(), "1", "application/json", { "Content-Encoding": "identity" })).status).toBe(201);
	});
});

describe("64 KiB", () => {
	test.each([
		["application/json", `"${"x".repeat(limit - 2)}"`],
		["text/plain", "\u0001".repeat(limit)],
		["text/plain", "é".repeat(limit / 2)],
		["application/octet-stream", "x".repeat(limit)],
	])("of body bytes are taken, and not one more (%s)", async (type, body) => {
		const channel = fresh();
		expect((await post(channel, body, type)).status).toBe(201);
		const answer = await post(channel, `${body} `, type);
		expect({ status: answer.status, code: answer.json.code }).toEqual({ status: 413, code: "too_large" });
		expect(answer.json.detail).toContain(String(limit));
		expect(await messagesOf(channel)).toHaveLength(1);
	});
});

/** Names of one character and of 255 bytes, and what stands next to them and is refused. */
const labels: { good: string[]; bad: string[] } = {
	good: ["a", "x".repeat(255), "é".repeat(127), "with space", "ü/ö?&#%", "~", "\u{1f600}"],
	bad: ["", "x".repeat(256), "é".repeat(128), "a\nb", "a\rb", "\u0000", "a\tb", "\u007f", "\u0085"],
};

describe.each([
	["event", "bad_event"],
	["key", "bad_key"],
])("?%s=", (name, code) => {
	test.each(labels.good)("takes %j", async (value) => {
		const channel = fresh();
		expect((await post(channel, "1", "application/json", {}, `?${name}=${encodeURIComponent(value)}`)).status).toBe(201);
		expect(await messagesOf(channel)).toMatchObject([{ [name]: value }]);
	});

	test.each([...labels.bad, ...(name === "event" ? ["$open", "$"] : [])])("refuses %j", async (value) => {
		const channel = fresh();
		const answer = await post(channel, "1", "application/json", {}, `?${name}=${encodeURIComponent(value)}`);
		expect({ status: answer.status, code: answer.json.code }).toEqual({ status: 400, code });
		expect(await messagesOf(channel)).toEqual([]);
	});
});

test.each(["open", "error", "message", "a$"])("an event may be called %s", async (event) => {
	expect((await post(fresh(), "1", "application/json", {}, `?event=${event}`)).status).toBe(201);
});

test("a key may begin with $", async () => {
	expect((await post(fresh(), "1", "application/json", {}, "?key=$a")).status).toBe(201);
});

describe("Idempotency-Key", () => {
	const send = (channel: string, key: string, body = "1", query = "", type = "application/json") =>
		post(channel, body, type, { "Idempotency-Key": Buffer.from(key).toString("latin1") }, query);

	test("stores once, and answers the same id again with 200", async () => {
		const channel = fresh();
		const first = await send(channel, "k");
		expect(first.status).toBe(201);
		const again = await send(channel, "k");
		expect(again.status).toBe(200);
		expect(again.json).toEqual(first.json);
		expect(await messagesOf(channel)).toHaveLength(1);
	});

	test("stores once when the same is sent at once, many times over", async () => {
		const channel = fresh();
		const answers = await Promise.all(Array.from({ length: 10 }, () => send(channel, "k")));
		expect(answers.map(({ status }) => status).sort()).toEqual([...Array(9).fill(200), 201]);
		expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
		expect(await messagesOf(channel)).toHaveLength(1);
	});

	test("with other data, event, key or encoding is 409", async () => {
		const channel = fresh();
		await send(channel, "k");
		for (const other of [
			await send(channel, "k", "2"),
			await send(channel, "k", "1", "?event=e"),
			await send(channel, "k", "1", "?key=k"),
			await send(channel, "k", "1", "", "text/plain"),
		]) {
			expect({ status: other.status, code: other.json.code }).toEqual({ status: 409, code: "key_reused" });
		}
		expect(await messagesOf(channel)).toHaveLength(1);
	});

	test("is of its channel alone", async () => {
		expect((await send(fresh(), "k")).status).toBe(201);
		expect((await send(fresh(), "k")).status).toBe(201);
	});

	test("is shared by all ways to publish", async () => {
		const channel = fresh();
		const { json } = await send(channel, "é");
		const batch = await ask(`${world.origin}/v1/messages`, { body: [{ channel, data: 1, idempotencyKey: "é" }] });
		expect(batch.json).toEqual([json]);
	});

	// A header can hold no line break at all, and is trimmed; the rest is tried.
	test.each(["k", "x".repeat(255), "é".repeat(127), "Ā\u{1f600}"])("takes %j", async (key) => {
		expect((await send(fresh(), key)).status).toBe(201);
	});

	test.each(["", "x".repeat(256), "é".repeat(128), "a\tb", "\u0085"])("refuses %j", async (key) => {
		const channel = fresh();
		const answer = await send(channel, key);
		expect({ status: answer.status, code: answer.json.code }).toEqual({ status: 400, code: "bad_key" });
		expect(await messagesOf(channel)).toEqual([]);
	});

	test("that is not UTF-8 is Latin-1, as the browser's fetch writes it", async () => {
		const channel = fresh();
		const { json } = await send(channel, "é");
		const latin = await post(channel, "1", "application/json", { "Idempotency-Key": "é" });
		expect(latin).toMatchObject({ status: 200, json });
	});
});

test("a body without a length is taken as it comes", async () => {
	const raw = await openRaw(
		world.port,
		"POST /v1/channels/chunks/messages HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
	);
	raw.write("3\r\ncde\r\n0\r\n\r\n");
	expect(await raw.until('"time"')).toMatch(/^HTTP\/1\.1 201 /);
	raw.close();
	expect(await messagesOf("chunks")).toMatchObject([{ data: "abcde" }]);
});

test("Expect: 100-continue is told to go on", async () => {
	const raw = await openRaw(
		world.port,
		"POST /v1/channels/continue/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n",
	);
	await raw.until("HTTP/1.1 100 Continue");
	raw.write("x");
	await raw.until("HTTP/1.1 201 Created");
	raw.close();
});
