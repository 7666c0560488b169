import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createHoldfast, type Holdfast } from "@holdfast/server";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { resolveSettings } from "../settings/resolve.ts";
import { consolePage } from "./console-page.ts";
import { listen, makeHttpServer, urlOf } from "./http-server.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-page-"));
for (const name of ["index.html", "style.css", "console.js"]) writeFileSync(join(folder, name), `this is ${name}`);
const page = consolePage(pathToFileURL(`${folder}/`), "/");
afterAll(() => rmSync(folder, { recursive: true }));

const plain = { tls: undefined };

let holdfast: Holdfast;
let server: Server;

beforeEach(async () => {
	const flags = { headersTimeout: "1s", requestTimeout: "2s", maxHeaderBytes: "8KiB" };
	const settings = resolveSettings([{ given: flags, spell: (key) => key }]);
	holdfast = createHoldfast({ maxMessageBytes: 1000 });
	server = makeHttpServer({ holdfast, page }, settings, 1000) as Server;
	await listen(server, "127.0.0.1", 0);
});

afterEach(async () => {
	await holdfast.close();
	server.closeAllConnections();
	server.close();
	await once(server, "close");
});

/** Sends bytes as they are and resolves with all that comes until the server ends the connection. */
async function raw(...pieces: string[]): Promise<string> {
	const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
	let text = "";
	socket.setEncoding("utf8").on("data", (part) => {
		text += part;
	});
	socket.on("error", () => undefined);
	for (const piece of pieces) socket.write(piece);
	await once(socket, "close");
	return text;
}

function problemOf(text: string): unknown {
	expect(text).toContain("Content-Type: application/problem+json");
	return JSON.parse(text.slice(text.indexOf("\r\n\r\n") + 4));
}

test.each([
	["/", "index.html", "text/html; charset=utf-8"],
	["/?x=1", "index.html", "text/html; charset=utf-8"],
	["/style.css", "style.css", "text/css; charset=utf-8"],
	["/console.js", "console.js", "text/javascript; charset=utf-8"],
])("%s is %s of the page, which may load nothing from elsewhere", async (path, name, type) => {
	const response = await fetch(urlOf(server, plain) + path);
	expect([response.status, await response.text()]).toEqual([200, `this is ${name}`]);
	expect(Object.fromEntries(response.headers)).toMatchObject({
		"content-type": type,
		"cache-control": "no-cache",
		"x-content-type-options": "nosniff",
		"content-security-policy": expect.stringMatching(/^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/),
	});
	const again = await fetch(urlOf(server, plain) + path, { headers: { "If-None-Match": response.headers.get("etag") ?? "" } });
	expect([again.status, await again.text()]).toEqual([304, ""]);
});

test("HEAD of the page has its length and no body", async () => {
	const response = await fetch(urlOf(server, plain), { method: "HEAD" });
	expect([response.headers.get("content-length"), await response.text()]).toEqual(["18", ""]);
});

test("what is not the page is the library's: messages, and problems for the rest", async () => {
	const url = urlOf(server, plain);
	const posted = await fetch(`${url}/v1/channels/chat/messages`, {
		method: "POST",
		body: "1",
		headers: { "Content-Type": "text/plain" },
	});
	expect(posted.status).toBe(201);
	for (const [method, path] of [
		["GET", "/index.html"],
		["POST", "/"],
		["GET", "/../package.json"],
		["GET", "//style.css"],
	]) {
		const response = await fetch(url + path, { method: method ?? "" });
		expect(response.status).toBe(404);
		expect(response.headers.get("content-type")).toContain("application/problem+json");
	}
});

test("headers over the limit are 431, and the answer can be read although bytes are still coming", async () => {
	const text = await raw("GET / HTTP/1.1\r\nHost: x\r\n", `X: ${"y".repeat(200_000)}\r\n\r\n`);
	expect(text).toMatch(/^HTTP\/1\.1 431 /);
	expect(problemOf(text)).toMatchObject({ status: 431, code: "too_large" });
	expect(await raw(`GET /${"a".repeat(9000)} HTTP/1.1\r\nHost: x\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
});

test("what is not HTTP is 400", async () => {
	for (const nonsense of ["hello\r\n\r\n", "GET / HTTP/1.1\r\nbad header\r\n\r\n", "\x16\x03\x01\x02\x00\x01"]) {
		expect(problemOf(await raw(nonsense))).toMatchObject({ status: 400, code: "bad_request" });
	}
});

test("headers that never end are 408 about when their time is over", async () => {
	const began = Date.now();
	const text = await raw("GET / HTTP/1.1\r\nHost: x\r\n");
	expect(problemOf(text)).toMatchObject({ status: 408 });
	expect(Date.now() - began).toBeLessThan(4000);
});

test("a body that never ends is over about when its time is", async () => {
	const began = Date.now();
	await raw("POST /v1/channels/chat/messages HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nabc");
	expect(Date.now() - began).toBeLessThan(5000);
});

test("nonsense behind a request whose answer is under way breaks the connection and not the answer", async () => {
	const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
	let text = "";
	socket.setEncoding("utf8").on("data", (part) => {
		text += part;
	});
	socket.write("GET /v1/channels/chat/messages HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n");
	await expect.poll(() => text).toContain("$live");
	socket.on("error", () => undefined).write("nonsense\r\n\r\n");
	await once(socket, "close");
	expect(text).toMatch(/^HTTP\/1\.1 200 OK/);
	expect(text).not.toContain("HTTP/1.1 400");
});

test("who asks before sending a body that is too large is told 413 without being asked for it", async () => {
	const head = (path: string, length: number) =>
		`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`;
	const refused = await raw(head("/v1/channels/chat/messages", 1001));
	expect(refused).toMatch(/^HTTP\/1\.1 413 /);
	expect(refused).not.toContain("100 Continue");
	const taken = await raw(head("/v1/channels/chat/messages", 1), "1");
	expect(taken).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /);
	const batch = JSON.stringify(Array.from({ length: 40 }, () => ({ channel: "chat", data: "x".repeat(30) })));
	expect(await raw(head("/v1/messages", batch.length), batch)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /);
});

test("an offer of HTTP/2 is declined in silence, and the request answered, body and all", async () => {
	const offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";
	const publish = `POST /v1/channels/chat/messages HTTP/1.1\r\nHost: x\r\n${offer}Content-Type: text/plain\r\nContent-Length: 5\r\n\r\n`;
	const read = "GET /v1/channels/chat/messages?after=first HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
	expect(await raw(publish, "hello", read)).toMatch(/^HTTP\/1.1 201 [\s\S]*HTTP\/1.1 200 [\s\S]*"data":"hello"/);
	expect(await raw(`${publish}again${read}`)).toMatch(/^HTTP\/1.1 201 [\s\S]*HTTP\/1.1 200 [\s\S]*"data":"again"/);
});

test("the URL of an IPv6 address has brackets", async () => {
	const other = makeHttpServer({ holdfast, page }, resolveSettings([]), 1000) as Server;
	await listen(other, "::1", 0);
	expect(urlOf(other, plain)).toMatch(/^http:\/\/\[::1\]:\d+$/);
	expect((await fetch(urlOf(other, plain))).status).toBe(200);
	other.closeAllConnections();
	other.close();
});
