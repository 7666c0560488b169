import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { run } from "../program.ts";
import { type FakeServer, fakeServer, type TestIo, testIo } from "../testing.ts";

interface Item {
	readonly channel: string;
	readonly data: unknown;
	readonly event?: string;
	readonly idempotencyKey: string;
}

type Reply = (items: Item[], response: ServerResponse, request: IncomingMessage) => void;

let server: FakeServer | undefined;
afterEach(() => server?.close());

/** Records the batches that arrive; each is answered by the next of `replies`, then with receipts. */
async function start(...replies: Reply[]) {
	const batches: Item[][] = [];
	const bodies: string[] = [];
	server = await fakeServer((request, response) => {
		void text(request).then((body) => {
			const items = JSON.parse(body) as Item[];
			bodies.push(body);
			const reply = replies[batches.length] ?? receipts;
			batches.push(items);
			reply(items, response, request);
		});
	});
	return { batches, bodies, url: server.url };
}

let id = 0;
const receipts: Reply = (items, response) =>
	answer(
		response,
		201,
		items.map(({ channel }) => ({ id: `e-${++id}`, channel, time: 1 })),
	);

function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
	response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
}

async function publish(url: string, arguments_: string[], input?: string | Buffer) {
	const io: TestIo = testIo({ HOLDFAST_URL: url });
	const ended = run(["publish", "chat", ...arguments_], io);
	if (input !== undefined) io.stdin.end(input);
	return { code: await ended, io };
}

test("one message prints its id", async () => {
	const { batches, url } = await start();
	const { code, io } = await publish(url, ["Grüße", "--event", "said"]);
	expect(code).toBe(0);
	expect(io.out.text).toMatch(/^e-\d+\n$/);
	expect(batches).toEqual([[{ channel: "chat", event: "said", data: "Grüße", idempotencyKey: expect.any(String) }]]);
});

test("lines go in order, in batches of at most a thousand, each with its own key, and are counted", async () => {
	const { batches, url } = await start();
	const lines = Array.from({ length: 2500 }, (_, i) => `line ${i}`);
	const { code, io } = await publish(url, ["-"], `${lines.join("\n")}\n`);
	expect(code).toBe(0);
	expect(io.out.text).toBe("published 2500 messages to chat in 0.0 s\n");
	expect(batches.flat().map(({ data }) => data)).toEqual(lines);
	expect(batches.every((batch) => batch.length <= 1000)).toBe(true);
	expect(new Set(batches.flat().map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2500);
});

test("what is there goes at once, without waiting for more", async () => {
	const { batches, url } = await start();
	const io = testIo({ HOLDFAST_URL: url });
	const ended = run(["publish", "chat"], io);
	io.stdin.write("first\n");
	await expect.poll(() => batches.length).toBe(1);
	io.stdin.end("second");
	expect(await ended).toBe(0);
	expect(batches.flat().map(({ data }) => data)).toEqual(["first", "second"]);
});

test("no batch is over a mebibyte, however much escaping makes of its lines", async () => {
	const { bodies, batches, url } = await start();
	const lines = Array.from({ length: 60 }, () => "\u0001".repeat(40_000));
	expect((await publish(url, ["-"], lines.join("\n"))).code).toBe(0);
	expect(batches.flat()).toHaveLength(60);
	for (const body of bodies) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(1024 * 1024);
});

test("a batch without an answer is sent again, the same with the same keys", async () => {
	const broken: Reply = (_, response) => void response.socket?.destroy();
	const busy: Reply = (_, response) => answer(response, 503, { code: "draining", detail: "x" }, { "Retry-After": "2" });
	const { batches, url } = await start(broken, busy);
	const { code, io } = await publish(url, ["-"], "a\nb\n");
	expect(code).toBe(0);
	expect(batches).toHaveLength(3);
	expect(batches[1]).toEqual(batches[0]);
	expect(batches[2]).toEqual(batches[0]);
	expect(io.pauses[1]).toBeGreaterThanOrEqual(2000);
	expect(io.out.text).toContain("published 2 messages");
});

test("of a batch only what may succeed later is sent again", async () => {
	const partly: Reply = (_, response) =>
		answer(response, 201, [
			{ id: "e-1", channel: "chat", time: 1 },
			{ code: "disk_full", detail: "no room" },
			{ code: "too_large", detail: "64 KiB" },
		]);
	const { batches, url } = await start(partly);
	const { code, io } = await publish(url, ["-"], "a\nb\nc\n");
	expect(batches.map((batch) => batch.map(({ data }) => data))).toEqual([["a", "b", "c"], ["b"]]);
	expect(code).toBe(1);
	expect(io.err.text).toContain("line 3: too_large: 64 KiB\n");
	expect(io.out.text).toContain("published 2 messages to chat in 0.4 s, 1 refused");
});

test("lines that cannot go are named by number, and the rest goes on", async () => {
	const { batches, url } = await start();
	const input = Buffer.concat([Buffer.from("1\nnope\n"), Buffer.from([0xff, 0x0a]), Buffer.from('{"big":12345678901234567890}')]);
	const { code, io } = await publish(url, ["--json"], input);
	expect(code).toBe(1);
	expect(io.err.text).toBe("holdfast: line 2: not JSON\nholdfast: line 3: not UTF-8\n");
	expect(batches.flat()).toHaveLength(2);
});

test("JSON goes out as it was written, digits and all", async () => {
	const { bodies, url } = await start();
	await publish(url, ['{"big": 12345678901234567890}', "--json"]);
	expect(bodies[0]).toContain('"data":{"big": 12345678901234567890}');
});

test("a server that is not there ends it with 3 after the time to retry", async () => {
	const { url } = await start();
	await server?.close();
	server = undefined;
	const { code, io } = await publish(url, ["x", "--retry-for", "5s"]);
	expect(code).toBe(3);
	expect(io.pauses.reduce((sum, pause) => sum + pause, 0)).toBeLessThanOrEqual(5000);
	expect(io.err.text.trim().split("\n").at(-1)).toMatch(/^holdfast: .*ECONNREFUSED/);
});

test("a rate limit is kept to for as long as it takes", async () => {
	const slow: Reply = (_, response) => answer(response, 429, { code: "rate_limited", detail: "x" }, { "Retry-After": "100" });
	const { url } = await start(slow, slow);
	const { code, io } = await publish(url, ["x", "--retry-for", "5s"]);
	expect(code).toBe(0);
	expect(io.pauses.every((pause) => pause >= 100_000)).toBe(true);
});

test("a refusal of the whole ends it with 1 and the server's words", async () => {
	const { url } = await start((_, response) => answer(response, 401, { code: "unauthorized", detail: "Who are you?" }));
	const { code, io } = await publish(url, ["-"], "a\nb\n");
	expect(code).toBe(1);
	expect(io.err.text).toBe("holdfast: 401 unauthorized: Who are you?\n");
});

test("the token goes as a bearer, and is never shown", async () => {
	let header: string | undefined;
	const { url } = await start((items, response, request) => {
		header = request.headers.authorization;
		receipts(items, response, request);
	});
	const { io } = await publish(url, ["x", "--token", "secret"]);
	expect(header).toBe("Bearer secret");
	expect(io.out.text + io.err.text).not.toContain("secret");
});

test("asked to stop, it ends between two batches and says what it did", async () => {
	const { batches, url } = await start();
	const io = testIo({ HOLDFAST_URL: url });
	const ended = run(["publish", "chat", "-"], io);
	io.stdin.write("a\n");
	await expect.poll(() => batches.length).toBe(1);
	io.abort();
	expect(await ended).toBe(0);
	expect(io.out.text).toContain("published 1 message to chat");
});

test("what a proxy answers is tried again where its status says that it may be taken back, else told", async () => {
	const says = (status: number): Reply => {
		return (_, response) => void response.writeHead(status, { "Content-Type": "text/html" }).end("<p>");
	};
	const { batches, url } = await start(says(502), says(429), receipts, says(413));
	expect((await publish(url, ["x"])).code).toBe(0);
	expect(batches).toHaveLength(3);
	const { code, io } = await publish(url, ["x"]);
	expect([code, io.err.text]).toEqual([1, "holdfast: 413 Payload Too Large\n"]);
});
