/** `holdfast serve` with a certificate: both versions of HTTP and wss on one port, and what a hostile or idle peer gets. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect as connectPlain } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { openSession, tell } from "../support/http2.ts";
import { makeCertificate } from "../support/proxies.ts";
import { flags, frame, frameTypes, headers, openRawSession, reset } from "../support/raw-http2.ts";
import { holdfast, type RunningServer, startServer, temporaryFolder } from "../support/server.ts";

const folder = temporaryFolder();
const file = (name: string) => `${folder.path}/${name}`;
const tls = ["--tls-cert", file("cert.pem"), "--tls-key", file("key.pem")];
const run = promisify(execFile);
let server: RunningServer;

beforeAll(async () => {
	makeCertificate(folder.path);
	server = await startServer({ args: ["--memory", ...tls, "--headers-timeout", "1s", "--request-timeout", "2s"] });
});

afterAll(async () => {
	await server.kill();
	folder.remove();
});

const messages = "/v1/channels/chat/messages";

/** A connection of TLS that speaks HTTP/1.1, or what is said. */
async function open(port: number, ...protocols: string[]): Promise<TLSSocket> {
	const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: protocols });
	socket.on("error", () => undefined);
	await once(socket, "secureConnect");
	return socket;
}

async function textOf(socket: TLSSocket): Promise<string> {
	let text = "";
	socket.setEncoding("utf8").on("data", (chunk) => {
		text += chunk;
	});
	await once(socket, "close");
	return text;
}

test("the first line has the URL, with https", () => {
	expect(server.lines[0]).toMatch(/ listening on https:\/\/127\.0\.0\.1:\d+$/);
});

test("a client that knows no HTTP/2 gets HTTP/1.1: the page, a publish, an event stream with its chunks", async () => {
	const socket = await open(server.port, "http/1.1");
	socket.write(`GET / HTTP/1.1\r\nHost: x\r\n\r\n`);
	socket.write(`POST ${messages} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello`);
	socket.write(`GET ${messages}?after=first HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n`);
	let text = "";
	socket.on("data", (chunk) => {
		text += chunk;
	});
	await expect.poll(() => text).toMatch(/^HTTP\/1.1 200[\s\S]+<!doctype html>[\s\S]+HTTP\/1.1 201[\s\S]+chunked[\s\S]+"hello"/i);
	socket.destroy();
});

test("a client that names no protocol at all gets HTTP/1.1, and one that knows only another is not answered", async () => {
	const socket = await open(server.port);
	socket.write("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	expect(await textOf(socket)).toMatch(/^HTTP\/1.1 200/);
	await expect(open(server.port, "spdy/3")).rejects.toThrow(/no application protocol/);
});

test.each([
	["plain", messages, undefined, '{"said":1}'],
	["full", "/v1/socket", "holdfast.v1", '{"op":"publish","channel":"chat","data":{"said":1}}'],
])("a WebSocket over TLS, in its %s form", async (_, path, protocol, frame) => {
	const socket = new WebSocket(`wss://127.0.0.1:${server.port}${path}`, protocol, { rejectUnauthorized: false });
	const said = new Promise((resolve) => socket.on("message", (data) => String(data).match(/"op":"ok"|"said"/) && resolve(1)));
	await once(socket, "open");
	socket.send(frame);
	await said;
	socket.terminate();
});

test("an offer of h2c within TLS is declined in silence", async () => {
	const socket = await open(server.port, "http/1.1");
	const offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";
	socket.write(`GET /livez HTTP/1.1\r\nHost: x\r\n${offer}\r\n`);
	socket.write("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	expect((await textOf(socket)).match(/HTTP\/1.1 200/g)?.length).toBe(2);
});

test("the page, and administration from this machine alone", async () => {
	const session = await openSession(server.url);
	expect((await tell(session, "/")).headers["content-type"]).toContain("text/html");
	expect((await tell(session, "/v1/channels")).status).toBe(200);
	expect((await tell(session, "/v1/channels", { ":authority": "evil.example" })).status).toBe(403);
	expect((await tell(session, "/v1/channels", { "x-forwarded-for": "192.0.2.1" })).status).toBe(403);
	session.close();
});

test("who asks before it sends a body that is too large is told 413 without being asked for it", async () => {
	const session = await openSession(server.url);
	const ask = (length: string) =>
		session.request({ ":path": messages, ":method": "POST", expect: "100-continue", "content-length": length });
	const refused = ask("70000");
	let continued = false;
	refused.on("continue", () => {
		continued = true;
	});
	expect((await once(refused, "response"))[0][":status"]).toBe(413);
	expect(continued).toBe(false);
	refused.on("error", () => undefined).close();
	const taken = ask("2");
	await once(taken, "continue");
	taken.end("ok");
	expect((await once(taken, "response"))[0][":status"]).toBe(201);
	session.destroy();
});

describe("a peer that means no good", () => {
	test("or speaks no TLS is let go, and the others notice nothing", async () => {
		const plain = connectPlain(server.port, "127.0.0.1");
		plain.on("error", () => undefined).write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
		plain.resume();
		await once(plain, "close");
		const silent = connectPlain(server.port, "127.0.0.1");
		silent.on("error", () => undefined).resume();
		await once(silent, "close");
		expect((await fetchStatus("/livez")).status).toBe(200);
	});

	test("headers that never end are 408 over HTTP/1.1", async () => {
		const socket = await open(server.port, "http/1.1");
		socket.write("GET / HTTP/1.1\r\nHost: x\r\n");
		expect(await textOf(socket)).toMatch(/^HTTP\/1.1 408/);
	});

	test("over HTTP/2 a session with nothing open is ended, though it pings, or never ends its headers", async () => {
		const pinging = await openRawSession(server.port);
		const timer = setInterval(() => pinging.write(frame(frameTypes.ping, 0, 0, Buffer.alloc(8))), 200);
		const [unfinished] = [headers(1, "/livez")];
		unfinished[4] = flags.endStream;
		const slow = await openRawSession(server.port, unfinished);
		await Promise.all([pinging.closed, slow.closed]);
		clearInterval(timer);
	});

	test("a body that never ends is 408, and nothing of it is published", async () => {
		const post = { ":method": "POST", "content-type": "text/plain" };
		const half = frame(frameTypes.data, 0, 1, Buffer.from("half"));
		const raw = await openRawSession(server.port, headers(1, "/v1/channels/half/messages", post), half);
		await expect.poll(() => raw.bytes().toString("latin1"), { timeout: 5000 }).toContain('"status":408');
		raw.socket.destroy();
		expect((await fetchStatus("/v1/channels/half/messages?after=first")).text).toContain('"messages":[]');
	});

	test("headers over the limit end their stream", async () => {
		const session = await openSession(server.url);
		const large = session.request({ ":path": `/v1/messages?x=${"y".repeat(60_000)}` });
		const closed = new Promise((resolve) => large.once("close", resolve));
		large.on("error", () => undefined);
		await closed;
		expect(large.rstCode).toBeGreaterThan(0);
		session.destroy();
		const other = await openSession(server.url);
		expect((await tell(other, `${messages}?x=${"y".repeat(40_000)}`)).status).toBe(200);
		other.close();
	});

	test("streams opened and reset by the thousand end the session, and leave nothing", async () => {
		const raw = await openRawSession(server.port);
		for (let id = 1; id < 8000 && !raw.socket.destroyed; id += 2) {
			raw.write(headers(id, `${messages}?wait=20`, {}, flags.endStream), reset(id, 8));
			if (id % 100 === 1) await new Promise((resolve) => setImmediate(resolve));
		}
		await raw.closed;
		// GOAWAY, INTERNAL_ERROR: nghttp2's own bound, some 1,000 at once and 33 a second.
		expect(raw.bytes().toString("hex")).toMatch(/0000080700000000000000....00000002/);
		const { text } = await fetchStatus("/v1/channels/chat");
		expect(JSON.parse(text).readers.longPoll).toBe(0);
	});
});

async function fetchStatus(path: string): Promise<{ status: number; text: string }> {
	const session = await openSession(server.url);
	const told = await tell(session, path);
	session.close();
	return told;
}

test("the command's own clients trust what NODE_EXTRA_CA_CERTS names, and nobody else", async () => {
	const env = { ...process.env, NODE_EXTRA_CA_CERTS: file("cert.pem") };
	const cli = (...args: string[]) => run(process.execPath, [holdfast, ...args, "--url", server.url], { env });
	await cli("publish", "cli", "hello");
	for (const transport of ["websocket", "sse", "long-poll", "poll"]) {
		const { stdout } = await cli("tail", "cli", "--after", "first", "--count", "1", "--transport", transport);
		expect(stdout).toContain("hello");
	}
	const stranger = run(process.execPath, [holdfast, "publish", "cli", "no", "--retry-for", "0", "--url", server.url]);
	await expect(stranger).rejects.toMatchObject({ code: 3, stderr: expect.stringContaining("certificate") });
});
