import { Agent, createServer, request } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Meddler, startMeddler } from "./meddler.ts";
import { openRaw, type Raw } from "./raw.ts";

/** Answers `one`, and 50 ms later `two`, which ends it; an upgrade is answered, and then comes back as it went. */
const server = createServer((_, response) => {
	response.write("one");
	setTimeout(() => response.end("two"), 50);
});
const ended = vi.fn();
const sockets = new Set<Socket>();
server.on("connection", (socket: Socket) => sockets.add(socket));
server.on("upgrade", (_, socket) => {
	socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
	// To be cut in the middle of something is what these connections are for.
	socket.on("error", () => undefined).on("data", (bytes: Buffer) => socket.write(bytes));
	socket.on("end", ended);
});

function cutServer(): void {
	for (const socket of sockets) socket.destroy();
	sockets.clear();
}

let meddler: Meddler;
const raws: Raw[] = [];

beforeEach(async () => {
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	meddler = await startMeddler((server.address() as AddressInfo).port);
});

afterEach(async () => {
	for (const raw of raws) raw.close();
	await meddler.close();
	cutServer();
	await new Promise((resolve) => server.close(resolve));
	ended.mockClear();
});

const get = "GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n";
const upgrade = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

async function open(head: string): Promise<Raw> {
	const raw = await openRaw(Number(new URL(meddler.origin).port), head);
	raws.push(raw);
	return raw;
}

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test("what passes is answered as by the server, one request a connection", async () => {
	const agent = new Agent({ keepAlive: true });
	for (const body of ["", "with a body"]) {
		const asked = request(meddler.origin, { agent, method: "POST" });
		const text = await new Promise<string>((resolve) => {
			asked.once("response", async (response) => resolve((await response.toArray()).join("")));
			asked.end(body);
		});
		expect(text).toBe("onetwo");
	}
	expect(meddler.total("other")).toBe(2);
	await vi.waitFor(() => expect(meddler.open("other")).toBe(0));
	agent.destroy();
});

test("a connection is of the kind that its first lines say, also when they come in pieces", async () => {
	const socket = await open(upgrade);
	await socket.until("101");
	const stream = await open("GET / HTTP/1.1\r\nHost: x\r\nAccept: text/ev");
	await later(20);
	stream.write("ent-stream\r\n\r\n");
	await (await open("GET /v1/messages?from=a:now&wait=25 HTTP/1.1\r\nHost: x\r\n\r\n")).ended;
	await stream.ended;
	const kinds = ["websocket", "sse", "long-poll", "other"] as const;
	expect(kinds.map((kind) => meddler.total(kind))).toEqual([1, 1, 1, 0]);
	await vi.waitFor(() => expect(kinds.map((kind) => meddler.open(kind))).toEqual([1, 0, 0, 0]));
	socket.write("there and back");
	await socket.until("there and back");
});

test("what is refused is cut before the server hears of it, and other kinds pass", async () => {
	meddler.treat("websocket", "refuse");
	const refused = await open(upgrade);
	await refused.ended;
	expect(refused.text).toBe("");
	expect([meddler.total("websocket"), meddler.open("websocket")]).toEqual([1, 0]);
	await (await open(get)).until("two");
	meddler.treat("websocket", "pass");
	await (await open(upgrade)).until("101");
});

test("those that are open can be cut, which both ends are told", async () => {
	const socket = await open(upgrade);
	await socket.until("101");
	meddler.cut("other");
	socket.write("still there");
	await socket.until("still there");
	meddler.cut("websocket");
	await socket.ended;
	await vi.waitFor(() => expect(ended).toHaveBeenCalledTimes(1));
	expect(meddler.open("websocket")).toBe(0);
});

test("a connection is cut after the time that is given", async () => {
	meddler.treat("websocket", { cutAfter: 500 });
	const began = performance.now();
	const socket = await open(upgrade);
	await socket.until("101");
	await socket.ended;
	expect(performance.now() - began).toBeGreaterThan(495);
});

test("one that hangs from the start is taken and never answered", async () => {
	meddler.treat("other", "hang");
	const hung = await open(get);
	await later(150);
	expect(hung.text).toBe("");
	expect(hung.socket.closed).toBe(false);
	expect(meddler.open("other")).toBe(1);
});

test("those that are open go silent in both directions, and neither end is told that the other has left", async () => {
	const [left, stays] = [await open(upgrade), await open(upgrade)];
	await Promise.all([left.until("101"), stays.until("101")]);
	meddler.hang("websocket");
	stays.write("lost");
	left.close();
	await later(100);
	expect(stays.text).not.toContain("lost");
	expect(ended).not.toHaveBeenCalled();
	cutServer();
	await later(50);
	expect(stays.socket.closed).toBe(false);
	await (await open(upgrade)).until("101");
});

test("bytes that are delayed come in their order", async () => {
	meddler.treat("other", { delay: 200 });
	const began = performance.now();
	const answer = await open(get);
	await answer.until("one");
	expect(performance.now() - began).toBeGreaterThan(390);
	await answer.ended;
	expect(answer.text).toMatch(/one.*two/s);
});

test("an answer is held back until it ends", async () => {
	meddler.treat("other", "buffer");
	const answer = await open(get);
	await vi.waitFor(() => expect(answer.text).not.toBe(""), { interval: 1 });
	expect(answer.text).toMatch(/^HTTP\/1\.1 200.*one.*two/s);
});
