/** Changing from way to way on a real server, behind a front that cuts and holds back what a proxy might. */
import { createServer, request, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { connect, type Environment, realEnvironment } from "@holdfast/client";
import { memoryLog } from "@holdfast/server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { World } from "../../packages/server/src/testing/index.ts";

/** What the front does to WebSockets and to event streams. */
const front = { socket: "pass" as "pass" | "refuse" | "hang" | "cut", stream: "pass" as "pass" | "hold" };

let world: World;
let proxy: Server;
let url: string;
const sockets = new Set<Socket>();

beforeEach(async () => {
	world = await World.start(memoryLog(), { drainTime: 0 });
	const to = { host: world.host, port: world.port };
	proxy = createServer((incoming, response) => {
		const { method, url: path, headers } = incoming;
		const outgoing = request({ ...to, method, path, headers, agent: false }, (answer) => {
			const held = front.stream === "hold" && answer.headers["content-type"] === "text/event-stream";
			if (held) return;
			response.writeHead(answer.statusCode ?? 0, answer.headers);
			answer.pipe(response);
		});
		response.once("close", () => outgoing.destroy());
		outgoing.on("error", () => response.destroy());
		incoming.pipe(outgoing);
	});
	proxy.on("connection", (socket) => sockets.add(socket));
	proxy.on("upgrade", (incoming, socket: Socket) => {
		socket.on("error", () => undefined);
		if (front.socket === "refuse") socket.destroy();
		if (front.socket === "refuse" || front.socket === "hang") return;
		const outgoing = request({ ...to, path: incoming.url, headers: incoming.headers, agent: false });
		outgoing.on("upgrade", (answer, upstream, head) => {
			const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}\r\n`);
			socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("")}\r\n`);
			socket.write(head);
			upstream.pipe(socket).pipe(upstream);
			upstream.on("error", () => socket.destroy());
			socket.on("close", () => upstream.destroy());
			if (front.socket === "cut") setTimeout(() => socket.destroy(), 50);
		});
		outgoing.on("error", () => socket.destroy());
		outgoing.end();
	});
	await new Promise<void>((resolve) => proxy.listen(0, world.host, resolve));
	url = `http://${world.host}:${(proxy.address() as AddressInfo).port}`;
});

afterEach(async () => {
	front.socket = "pass";
	front.stream = "pass";
	await world.close();
	for (const socket of sockets) socket.destroy();
	proxy.close();
});

/** As it is, but long waits are a hundredth as long. */
const hasty: Environment = {
	...realEnvironment,
	after: (ms, run) => realEnvironment.after(ms > 4000 ? ms / 100 : ms, run),
};

/** Follows a channel, and publishes to it without a pause, until `done`; gives what came. */
async function follow(environment: Environment, whenOpen: (since: number) => void, done: (transport: string) => boolean) {
	const began = Date.now();
	const transports: string[] = [];
	const holdfast = connect(url, { environment });
	holdfast.on("transport", (name) => transports.push(name));
	const got: number[] = [];
	const gaps: unknown[] = [];
	const chat = holdfast.channel<number>("chat");
	await new Promise<void>((resolve) => {
		chat.subscribe(({ data }) => got.push(data), { onBegin: () => resolve(), onGap: (gap) => gaps.push(gap) });
	});
	whenOpen(Date.now() - began);
	let count = 0;
	while (!done(transports.at(-1) ?? "") && Date.now() - began < 20_000) {
		await world.holdfast.publish("chat", count++);
		await new Promise((resolve) => setTimeout(resolve, 2));
	}
	await vi.waitFor(() => expect(got.length).toBe(count), { timeout: 8000, interval: 10 });
	holdfast.close();
	expect(got).toEqual(Array.from({ length: count }, (_, i) => i));
	expect(gaps).toEqual([]);
	return transports;
}

test.each(["refuse", "hang"] as const)(
	"a WebSocket that the front lets %s costs less than a second, and comes back when it works",
	async (how) => {
		front.socket = how;
		const transports = await follow(
			hasty,
			(ms) => {
				expect(ms).toBeLessThan(1000);
				front.socket = "pass";
			},
			(transport) => transport === "websocket",
		);
		// On a busy machine the event stream may take longer than its head start, and a poll be first.
		expect(["sse", "long-poll", "short-poll"]).toContain(transports[0]);
		expect(transports.at(-1)).toBe("websocket");
	},
);

test("an event stream that is held back gives way to polls in less than 3 s, and comes back", async () => {
	front.socket = "refuse";
	front.stream = "hold";
	const transports = await follow(
		hasty,
		(ms) => {
			expect(ms).toBeLessThan(3000);
			front.stream = "pass";
		},
		(transport) => transport === "sse",
	);
	expect(["long-poll", "short-poll"]).toContain(transports[0]);
	expect(transports.at(-1)).toBe("sse");
});

test("a WebSocket that is opened and cut again and again gives way to an event stream, without a loss or a repeat", async () => {
	front.socket = "cut";
	const transports = await follow(
		realEnvironment,
		() => undefined,
		(transport) => transport === "sse",
	);
	expect(transports.slice(0, 2)).toEqual(["websocket", "websocket"]);
	expect(transports.at(-1)).toBe("sse");
});
