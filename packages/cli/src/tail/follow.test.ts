import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { run } from "../program.ts";
import { type FakeServer, fakeServer, json, type TestIo, testIo } from "../testing.ts";

const open: FakeServer[] = [];
afterEach(() => Promise.all(open.splice(0).map((server) => server.close())));

async function start(...answers: Parameters<typeof fakeServer>): Promise<FakeServer> {
	const server = await fakeServer(...answers);
	open.push(server);
	return server;
}

function tail(url: string, arguments_: string[], io: TestIo = testIo()) {
	return run(["tail", "chat", "--json", "--url", url, ...arguments_], io).then((code) => ({ code, io, ids: idsIn(io) }));
}

function idsIn(io: TestIo): string[] {
	return [...io.out.text.matchAll(/"id":"([^"]+)"/g)].map(([, id]) => id ?? "");
}

const message = (n: number) => ({ id: `e-${n}`, channel: "chat", data: n, time: 1_795_190_400_000 + n });
const page = (...ids: number[]) => json(200, { messages: ids.map(message), next: `e-${ids.at(-1)}`, more: false });
const targets = (server: FakeServer) => server.requests.map(({ url }) => url);

function stream(text: string, end = true) {
	return (_: IncomingMessage, response: ServerResponse) => {
		response.writeHead(200, { "Content-Type": "text/event-stream" }).write(text);
		if (end) response.end();
	};
}
const events = (...ids: number[]) => ids.map((n) => `data: ${JSON.stringify(message(n))}\nid: e-${n}\n\n`).join("");

test("short polls hand the cursor on, pause in between, and take a 304 for nothing new", async () => {
	const tagged = json(200, { messages: [message(1)], next: "e-1", more: false }, { ETag: '"e-1"' });
	const unchanged = (_: IncomingMessage, response: ServerResponse) => void response.writeHead(304).end();
	const server = await start(tagged, unchanged, page(2));
	const { code, ids, io } = await tail(server.url, ["--transport", "poll", "--count", "2", "--interval", "3s"]);
	expect([code, ids]).toEqual([0, ["e-1", "e-2"]]);
	expect(targets(server)).toEqual([
		"/v1/channels/chat/messages?after=now",
		"/v1/channels/chat/messages?after=e-1",
		"/v1/channels/chat/messages?after=e-1",
	]);
	expect(server.requests[1]?.headers["if-none-match"]).toBe('"e-1"');
	expect(io.pauses).toEqual([3000, 3000]);
});

test("a page that a limit cut is followed by the next at once", async () => {
	const server = await start(json(200, { messages: [message(1)], next: "e-1", more: true }), page(2));
	const { ids, io } = await tail(server.url, ["--transport", "poll", "--count", "2", "--after", "first"]);
	expect([ids, io.pauses]).toEqual([["e-1", "e-2"], []]);
});

test("a long poll that breaks off is asked again from the cursor", async () => {
	const server = await start(page(1), (request) => void request.socket.destroy(), page(2));
	const { ids, io } = await tail(server.url, ["--transport", "long-poll", "--count", "2", "--last", "5"]);
	expect(ids).toEqual(["e-1", "e-2"]);
	expect(targets(server)).toEqual([
		"/v1/channels/chat/messages?last=5&wait=25",
		"/v1/channels/chat/messages?after=e-1&wait=25",
		"/v1/channels/chat/messages?after=e-1&wait=25",
	]);
	expect(io.pauses).toHaveLength(1);
	expect(io.err.text).toMatch(/^holdfast: .*; back in \d\.\d s\n$/);
});

test("an event stream that ends comes back with Last-Event-ID, after what retry asks", async () => {
	const server = await start(
		stream(`event: $open\nretry: 7000\ndata: {"next":"e-0"}\nid: e-0\n\n${events(1)}`),
		stream(events(2)),
	);
	const { ids, io } = await tail(server.url, ["--transport", "sse", "--count", "2"]);
	expect(ids).toEqual(["e-1", "e-2"]);
	expect(server.requests.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "e-1"]);
	expect(io.pauses[0]).toBeGreaterThanOrEqual(7000);
});

test("a stream that dropped before its first message loses nothing: it begins at the cursor of $open", async () => {
	const server = await start(stream('event: $open\ndata: {"next":"e-0"}\nid: e-0\n\n'), stream(events(1)));
	await tail(server.url, ["--transport", "sse", "--count", "1"]);
	expect(server.requests[1]?.headers["last-event-id"]).toBe("e-0");
});

test("$bye is told with its reason and obeyed", async () => {
	const bye = 'event: $bye\nretry: 4000\ndata: {"reason":"draining"}\n\n';
	const server = await start(stream(`${events(1)}${bye}`), stream(events(2)));
	const { io } = await tail(server.url, ["--count", "2"]);
	expect(io.err.text).toContain("the server ended the stream: draining; back in");
	expect(io.pauses[0]).toBeGreaterThanOrEqual(4000);
});

test("Retry-After of an overloaded server is obeyed", async () => {
	const busy = json(503, { code: "overloaded", detail: "later" }, { "Retry-After": "9" });
	const server = await start(busy, page(1));
	const { ids, io } = await tail(server.url, ["--transport", "long-poll", "--count", "1"]);
	expect(ids).toEqual(["e-1"]);
	expect(io.pauses[0]).toBeGreaterThanOrEqual(9000);
	expect(io.err.text).toContain("503 overloaded: later");
});

test("failures in a row wait longer and longer, up to half a minute", async () => {
	const down = json(500, { code: "internal", detail: "x" });
	const server = await start(...Array.from({ length: 12 }, () => down), page(1));
	const { io } = await tail(server.url, ["--transport", "long-poll", "--count", "1"]);
	expect(io.pauses.slice(0, 4)).toEqual([375, 750, 1500, 3000]);
	expect(io.pauses.at(-1)).toBe(22_500);
});

test.each(["poll", "long-poll", "sse", "websocket"])(
	"over %s what is refused for good ends with 1 and the server's words",
	async (transport) => {
		const server = await start(json(403, { code: "forbidden", detail: "not for you" }));
		server.http.on("upgrade", (_, socket) => {
			const body = '{"code":"forbidden","detail":"not for you"}';
			socket.end(`HTTP/1.1 403 Forbidden\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
		});
		const { code, io } = await tail(server.url, ["--transport", transport]);
		expect([code, io.err.text]).toEqual([1, "holdfast: 403 forbidden: not for you\n"]);
		expect(io.pauses).toEqual([]);
	},
);

test.each(["poll", "long-poll", "sse", "websocket"])(
	"over %s a server that was never there is exit code 3",
	async (transport) => {
		const server = await fakeServer();
		await server.close();
		const { code, io } = await tail(server.url, ["--transport", transport]);
		expect(code).toBe(3);
		expect(io.err.text).toMatch(/^holdfast: .*ECONNREFUSED.*\n$/);
	},
);

test("a gap is a line of its own in JSON, and told on standard error otherwise", async () => {
	const gap = { channel: "chat", after: "d-9", next: "e-0", reason: "reset" };
	const server = await start(json(200, { messages: [message(1)], gap, next: "e-1", more: false }));
	const { io } = await tail(server.url, ["--transport", "poll", "--after", "d-9", "--count", "1"]);
	expect(io.out.text.split("\n")[0]).toBe(JSON.stringify({ gap }));
	const human = testIo();
	await run(["tail", "chat", "--url", server.url, "--transport", "poll", "--after", "d-9", "--count", "1"], human);
	expect(human.err.text).toBe("gap in chat: what followed d-9 is gone (the channel began a new life); going on after e-0\n");
	expect(human.out.text).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.001 {2}e-1 {2}1\n$/);
});

test.each([
	[4001, "comes back", 0],
	[1006, "comes back", 0],
	[4503, "stays away", 1],
])("a WebSocket closed with %i %s", async (closeCode, _, exit) => {
	const server = await start(() => undefined);
	const sockets = new WebSocketServer({ server: server.http });
	let connections = 0;
	sockets.on("connection", (socket, request) => {
		server.requests.push(request);
		connections++;
		socket.send(JSON.stringify({ op: "open", next: `e-${connections - 1}` }));
		socket.send(JSON.stringify(message(connections)), () => {
			if (connections > 1) return;
			if (closeCode === 1006) socket.terminate();
			else socket.close(closeCode, "why");
		});
	});
	const { code, ids, io } = await tail(server.url, ["--transport", "websocket", "--count", "2"]);
	expect(code).toBe(exit);
	expect(ids).toEqual(exit === 0 ? ["e-1", "e-2"] : ["e-1"]);
	expect(targets(server).at(-1)).toContain(exit === 0 ? "after=e-1" : "after=now");
	if (exit !== 0) expect(io.err.text).toBe("holdfast: closed with 4503 why\n");
});

test.each([
	["HTML", (_: IncomingMessage, response: ServerResponse) => void response.setHeader("Content-Type", "text/html").end("<p>")],
	["an object that is no page", json(200, { hello: 1 })],
	["messages without ids", json(200, { messages: [{}], next: "e-1", more: false })],
])("an answer that is %s crashes nothing: it is told, and tried again", async (_, answer) => {
	const server = await start(answer, page(1));
	const { code, ids, io } = await tail(server.url, ["--transport", "poll", "--count", "1"]);
	expect([code, ids]).toEqual([0, ["e-1"]]);
	expect(io.err.text).toMatch(/^holdfast: the server sent .*; back in/);
});

test("asked to stop, it ends with 0 and without a word", async () => {
	const server = await start(stream(events(1), false));
	const io = testIo();
	const ended = tail(server.url, [], io);
	await once(io.stdout, "data");
	io.abort();
	expect((await ended).code).toBe(0);
	expect(io.err.text).toBe("");
});

test("while nobody takes its output, nothing more is read from an event stream", async () => {
	const io = testIo();
	io.stdout.removeAllListeners("data").pause();
	let sent = 0;
	const server = await start((_, response) => {
		response.writeHead(200, { "Content-Type": "text/event-stream" });
		const more = () => {
			while (response.write(events(++sent)) && sent < 500_000);
		};
		response.on("drain", more);
		more();
	});
	await expectHeld(io, tail(server.url, [], io), () => sent);
});

test("while nobody takes its output, nothing more is read from a WebSocket, and each wait is one wait", async () => {
	const io = testIo();
	io.stdout.removeAllListeners("data").pause();
	const server = await start(() => undefined);
	let sent = 0;
	new WebSocketServer({ server: server.http }).on("connection", (socket) => {
		const more = (error?: Error) => {
			if (error === undefined && ++sent < 500_000)
				socket.send(JSON.stringify({ ...message(sent), data: "x".repeat(5000) }), more);
		};
		more();
	});
	let listeners = 0;
	io.stdout.on("newListener", () => {
		listeners = Math.max(listeners, io.stdout.listenerCount("drain"));
	});
	await expectHeld(io, tail(server.url, ["--transport", "websocket"], io), () => sent);
	expect(listeners).toBeLessThan(3);
});

/** The sender comes to a stop, and little waits in our own output. */
async function expectHeld(io: TestIo, ended: ReturnType<typeof tail>, sent: () => number): Promise<void> {
	let before = -1;
	await expect
		.poll(
			() => {
				const held = sent() > 0 && sent() === before;
				before = sent();
				return held;
			},
			{ interval: 300, timeout: 8000 },
		)
		.toBe(true);
	expect(sent()).toBeLessThan(500_000);
	expect(io.stdout.writableLength + io.stdout.readableLength).toBeLessThan(200_000);
	io.abort();
	expect((await ended).code).toBe(0);
}
