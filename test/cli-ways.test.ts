/** `holdfast tail --transport auto` behind a front that lets no WebSocket through, and then does. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { dataOf, holdfast, holdfastDone, serve } from "./command.ts";

const sockets = new Set<Socket>();
let closeFront = (): unknown => undefined;
afterEach(() => {
	closeFront();
	for (const socket of sockets) socket.destroy();
	sockets.clear();
});

/** Passes on what each connection says, unless its first words ask for a WebSocket while these are not let through. */
async function startFront(port: number): Promise<{ readonly url: string; webSockets: boolean }> {
	const server = createServer((socket) => {
		const upstream = connect(port, "127.0.0.1");
		for (const one of [socket, upstream]) {
			sockets.add(one);
			one.on("error", () => undefined);
			one.on("close", () => {
				socket.destroy();
				upstream.destroy();
			});
		}
		socket.once("data", (head) => {
			if (!front.webSockets && /^upgrade: *websocket/im.test(String(head))) {
				socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
				return;
			}
			upstream.write(head);
			socket.pipe(upstream).pipe(socket);
		});
	}).listen(0, "127.0.0.1");
	closeFront = () => server.close();
	await once(server, "listening");
	const front = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, webSockets: false };
	return front;
}

/** Makes the long waits of a process, such as that before a better way is tried again, a hundredth as long. */
const hasty = `data:text/javascript,${encodeURIComponent(`
	const { setTimeout } = globalThis;
	globalThis.setTimeout = (run, ms, ...rest) => setTimeout(run, ms > 4000 ? ms / 100 : ms, ...rest);
`)}`;

test("where WebSockets are refused it reads over another way, tells so, and changes when they work, with nothing lost", async () => {
	const server = await serve("--memory");
	const front = await startFront(Number(server.port));
	const reader = holdfast(["tail", "chat", "--json", "--after", "first", "--count", "20", "--url", front.url], {
		NODE_OPTIONS: `--import=${hasty}`,
	});
	const publish = (from: number) =>
		holdfastDone(
			["publish", "chat", "-", "--json", "--url", server.url],
			{},
			Array.from({ length: 10 }, (_, i) => `${from + i}\n`).join(""),
		);
	// On a busy machine a poll may be open before the event stream is.
	await expect.poll(reader.err, { timeout: 10_000 }).toMatch(/^· now over (sse|long-poll|poll)\n/);
	await publish(0);
	await expect.poll(() => dataOf(reader.out()).length, { timeout: 10_000 }).toBe(10);
	expect(reader.err()).not.toContain("websocket");
	front.webSockets = true;
	await expect.poll(reader.err, { timeout: 10_000 }).toMatch(/· now over websocket\n$/);
	await publish(10);
	expect(await reader.ended).toBe(0);
	expect(dataOf(reader.out())).toEqual(Array.from({ length: 20 }, (_, i) => i));
	expect(reader.err()).toMatch(/^(· now over \S+\n)+$/);
});
