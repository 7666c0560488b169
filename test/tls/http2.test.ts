/** What every way over HTTP keeps to, over HTTP/2; and that a connection of many readers is bounded as many connections are. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type ClientHttp2Session, createSecureServer, type Http2SecureServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { createHoldfast, type Holdfast } from "@holdfast/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { follow, openSession, tell } from "../support/http2.ts";
import { makeCertificate } from "../support/proxies.ts";
import { frame, frameTypes, headers, openRawSession, type RawSession, reset } from "../support/raw-http2.ts";
import { temporaryFolder } from "../support/server.ts";
import { watchFaults } from "../support/world.ts";

const outboundBytes = 64 * 1024;
const folder = temporaryFolder();
const watched = watchFaults();
const streams = new Set<ServerHttp2Stream>();
let holdfast: Holdfast;
let server: Http2SecureServer;
let port: number;
let url: string;
let session: ClientHttp2Session;

beforeAll(async () => {
	makeCertificate(folder.path);
	const [cert, key] = ["cert.pem", "key.pem"].map((name) => readFileSync(`${folder.path}/${name}`));
	holdfast = createHoldfast({
		drainTime: 0,
		outboundBytes,
		stallTimeout: 1000,
		pageBytes: 8 * 1024 * 1024,
		publishRate: 1000,
		authorize: (_, channel) => new Promise((resolve) => setTimeout(resolve, channel === "decided.late" ? 200 : 0, true)),
	});
	// As docs/embedding.md says.
	server = createSecureServer({ cert: cert ?? "", key: key ?? "", allowHTTP1: true }, (request, response) =>
		holdfast.handle(request, response),
	);
	server.on("stream", (stream) => {
		streams.add(stream);
		stream.once("close", () => streams.delete(stream));
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	({ port } = server.address() as AddressInfo);
	url = `https://127.0.0.1:${port}`;
	session = await openSession(url);
});

afterAll(async () => {
	session.close();
	await holdfast.close();
	server.close();
	folder.remove();
	watched.stop();
	expect(watched.faults).toEqual([]);
});

const messages = (channel: string) => `/v1/channels/${channel}/messages`;

async function readers(channel: string): Promise<Record<string, number>> {
	return (await tell(session, `/v1/channels/${channel}`)).json.readers;
}

test("a publish is read by short poll, and what is new since by another", async () => {
	const posted = await tell(session, messages("poll"), {}, '{"n":1}');
	expect([posted.status, posted.json]).toMatchObject([201, { channel: "poll" }]);
	const first = await tell(session, `${messages("poll")}?after=first`);
	expect(first.json.messages).toMatchObject([{ id: posted.json.id, data: { n: 1 } }]);
	const batch = await tell(session, "/v1/messages", {}, '[{"channel":"poll","data":2},{"channel":"poll","data":3}]');
	expect(batch.status).toBe(201);
	const next = await tell(session, `${messages("poll")}?after=${first.json.next}`);
	expect(next.json.messages.map(({ data }: { data: unknown }) => data)).toEqual([2, 3]);
});

test("a long poll is answered by the publish that comes", async () => {
	const waiting = tell(session, `${messages("long")}?wait=20`);
	await expect.poll(() => readers("long")).toMatchObject({ longPoll: 1 });
	await tell(session, messages("long"), {}, '"now"');
	expect((await waiting).json.messages).toMatchObject([{ data: "now" }]);
	expect(await readers("long")).toMatchObject({ longPoll: 0 });
});

test("an event stream tells what comes, without chunks, and resumes behind what it told", async () => {
	const first = follow(session, messages("sse"));
	await first.until("$live");
	const { json } = await tell(session, messages("sse"), {}, '"one"');
	expect(await first.until('"one"')).not.toMatch(/^[0-9a-f]+\r$/m);
	first.stream.close();
	await expect.poll(() => readers("sse")).toMatchObject({ sse: 0 });
	await tell(session, messages("sse"), {}, '"two"');
	const second = follow(session, messages("sse"), { "last-event-id": json.id });
	expect(await second.until('"two"')).not.toContain('"one"');
	second.stream.close();
});

test("HEAD has the headers and no body, and If-None-Match is answered 304", async () => {
	await tell(session, messages("head"), {}, "1");
	const head = await tell(session, `${messages("head")}?after=first`, { ":method": "HEAD" });
	const got = await tell(session, `${messages("head")}?after=first`);
	expect([head.status, head.text, head.headers.etag]).toEqual([200, "", got.headers.etag]);
	expect(Number(head.headers["content-length"])).toBe(got.text.length);
	const stream = await tell(session, messages("head"), { ":method": "HEAD", accept: "text/event-stream" });
	expect([stream.status, stream.headers["content-type"], stream.text]).toEqual([200, "text/event-stream", ""]);
	expect((await tell(session, "/nothing", { ":method": "HEAD" })).status).toBe(404);
	const tag = got.headers.etag ?? "";
	const same = await tell(session, `${messages("head")}?after=${got.json.next}`, { "if-none-match": tag });
	expect([same.status, same.text]).toEqual([304, ""]);
	const module = await tell(session, "/holdfast.js");
	expect([module.status, (await tell(session, "/holdfast.js", { "if-none-match": module.headers.etag ?? "" })).status]).toEqual([
		200, 304,
	]);
});

test.each<[number, string, string, Record<string, string>, string | undefined]>([
	[413, "a body that says it is too large", messages("a"), {}, "x".repeat(70_000)],
	[415, "a form", messages("a"), { "content-type": "multipart/form-data" }, "1"],
	[404, "another path", "/v2", {}, undefined],
	[405, "another method", messages("a"), { ":method": "PUT" }, "1"],
	[400, "a name that is none", "/v1/channels/a%2Fb/messages", {}, undefined],
	[204, "OPTIONS", messages("a"), { ":method": "OPTIONS" }, undefined],
	[403, "a page of another origin", messages("a"), { origin: "https://evil.example" }, "1"],
])("%i for %s", async (status, _, path, headers, body) => {
	const told = await tell(session, path, headers, body);
	expect(told.status).toBe(status);
	if (status >= 400) expect(told.json).toMatchObject({ status });
});

test("a page of the server's own origin may publish: the host is in :authority", async () => {
	expect((await tell(session, messages("own"), { origin: url }, "1")).status).toBe(201);
});

test("a body that turns out too large is 413, and the connection stays", async () => {
	const stream = session.request({ ":path": messages("big"), ":method": "POST", "content-type": "text/plain" });
	const answered = once(stream, "response");
	stream.write("x".repeat(60_000));
	stream.write("x".repeat(60_000));
	expect((await answered)[0][":status"]).toBe(413);
	stream.on("error", () => undefined).close();
	expect((await tell(session, "/livez")).status).toBe(200);
});

test.each([
	["NO_ERROR", (raw: RawSession) => raw.write(reset(1, 0))],
	["CANCEL", (raw: RawSession) => raw.write(reset(1, 8))],
	["the connection", (raw: RawSession) => raw.socket.destroy()],
])("a body that breaks off is not published (%s)", async (how, breakOff) => {
	const channel = `half.${how.replace(" ", ".")}`;
	const post = { ":method": "POST", "content-type": "text/plain" };
	const before = streams.size;
	const raw = await openRawSession(port, headers(1, messages(channel), post), frame(frameTypes.data, 0, 1, Buffer.from("half")));
	await expect.poll(() => streams.size).toBe(before + 1);
	await new Promise((resolve) => setTimeout(resolve, 50));
	breakOff(raw);
	await expect.poll(() => streams.size).toBe(before);
	raw.socket.destroy();
	expect((await tell(session, `${messages(channel)}?after=first`)).json.messages).toEqual([]);
});

test("who goes while access is being decided leaves no reader", async () => {
	const stream = follow(session, messages("decided.late"));
	await expect.poll(() => streams.size).toBeGreaterThan(0);
	stream.stream.close(8);
	await new Promise((resolve) => setTimeout(resolve, 400));
	expect(await readers("decided.late")).toMatchObject({ sse: 0 });
});

test("the rate of publishing is that of the connection, however many streams it takes", async () => {
	const one = JSON.stringify(Array.from({ length: 1000 }, () => ({ channel: "rate", data: 1 })));
	const statuses: number[] = [];
	for (let i = 0; i < 3; i++) statuses.push((await tell(session, "/v1/messages", {}, one)).status);
	expect(statuses).toContain(429);
	await expect.poll(async () => (await tell(session, messages("rate"), {}, "1")).status, { timeout: 5000 }).toBe(201);
});

/** What is published is known to be there, whatever the rate. */
async function fill(channel: string, mebibytes: number): Promise<void> {
	for (let i = 0; i < mebibytes * 16; i++) {
		await holdfast.publish(channel, "x".repeat(60_000));
		await new Promise((resolve) => setImmediate(resolve));
	}
}

test("a stream that is not read holds a bounded queue and is sent away; one beside it on the connection gets all", async () => {
	const other = await openSession(url, { settings: { initialWindowSize: 1024 * 1024 } });
	const busy = follow(other, `${messages("stalled")}?data=raw`);
	await busy.until("$live");
	const stalled = other.request({ ":path": messages("stalled"), accept: "text/event-stream" });
	stalled.on("error", () => undefined).pause();
	await expect.poll(() => readers("stalled")).toMatchObject({ sse: 2 });
	let most = 0;
	for (let i = 0; i < 4; i++) {
		await fill("stalled", 1);
		most = Math.max(most, ...[...streams].map(({ writableLength }) => writableLength));
	}
	expect(most).toBeGreaterThan(0);
	expect(most).toBeLessThan(2 * outboundBytes);
	await expect.poll(() => readers("stalled"), { timeout: 15_000 }).toMatchObject({ sse: 1 });
	await holdfast.publish("stalled", "the last");
	await busy.until("the last");
	expect(busy.text.match(/x{60000}/g)?.length).toBe(4 * 16);
	other.destroy();
});

test("who reads nothing at all, with windows as wide as they go, holds as little", async () => {
	const other = await openSession(url, { settings: { initialWindowSize: 2 ** 31 - 1 } });
	other.setLocalWindowSize(2 ** 31 - 1);
	const before = streams.size;
	for (let i = 0; i < 4; i++) follow(other, messages("mute")).stream.pause();
	await expect.poll(() => readers("mute")).toMatchObject({ sse: 4 });
	other.socket.ref();
	const socket = (other as unknown as { socket: { _handle: { readStop(): void } } }).socket;
	socket._handle.readStop();
	let most = 0;
	for (let i = 0; i < 8; i++) {
		await fill("mute", 1);
		most = Math.max(most, ...[...streams].map(({ writableLength }) => writableLength));
	}
	expect(most).toBeGreaterThan(0);
	expect(most).toBeLessThan(2 * outboundBytes);
	await expect.poll(() => streams.size, { timeout: 15_000 }).toBe(before);
	other.destroy();
});

test("a poll's answer that is never read is cut off, though the connection is busy; one that is read slowly is not", async () => {
	await fill("large", 7);
	const path = `${messages("large")}?last=1000&limit=1000`;
	const other = await openSession(url);
	const busy = follow(other, messages("beat"));
	await busy.until("$live");
	const beat = setInterval(() => void holdfast.publish("beat", 1), 100);
	const never = other.request({ ":path": path });
	never.on("error", () => undefined).pause();
	const slow = other.request({ ":path": path });
	let text = "";
	const began = performance.now();
	slow.setEncoding("utf8").on("data", (chunk) => {
		text += chunk;
		slow.pause();
		setTimeout(() => slow.resume(), 5);
	});
	const cut = once(never, "close");
	await once(slow, "end");
	expect(performance.now() - began).toBeGreaterThan(1500);
	expect(JSON.parse(text).messages.length).toBe(7 * 16);
	never.resume();
	await cut;
	clearInterval(beat);
	other.destroy();
});
