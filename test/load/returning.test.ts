/** A server is back, and all its readers with it, at once: they are let in at a pace, and each is served. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { startWorld } from "../support/world.ts";

const readers = 2000;

interface Way {
	readonly head: string;
	/** What whoever is served is told. */
	readonly served: string;
}

const upgrade =
	"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
const target = "/v1/channels/a/messages?after=first";
const ways: readonly Way[] = [
	{ head: `GET ${target} HTTP/1.1\r\nAccept: text/event-stream\r\n`, served: '"data":"kept"' },
	{ head: `GET ${target} HTTP/1.1\r\n${upgrade}`, served: '"data":"kept"' },
	{ head: `GET ${target}&wait=20 HTTP/1.1\r\n`, served: '"data":"kept"' },
];

type Outcome = "served" | { readonly after: number } | { readonly broken: string };

async function opened(port: number): Promise<Socket> {
	const socket = connect(port, "127.0.0.1");
	await once(socket, "connect");
	return socket;
}

function ask(socket: Socket, { head, served }: Way): Promise<Outcome> {
	return new Promise((resolve) => {
		let text = "";
		const end = (outcome: Outcome) => {
			socket.destroy();
			resolve(outcome);
		};
		socket.on("error", ({ message }) => end({ broken: message }));
		socket.on("close", () => resolve({ broken: text }));
		socket.write(`${head}Host: x\r\n\r\n`);
		socket.on("data", (chunk) => {
			text += chunk.toString("latin1");
			if (text.includes(served)) return end("served");
			const bye = /event: \$bye\nretry: (\d+)\n/.exec(text)?.[1];
			if (bye !== undefined) return end({ after: Number(bye) });
			if (!text.includes("\r\n\r\n") || /^HTTP\/1.1 [12]/.test(text)) return;
			const told = text.startsWith("HTTP/1.1 503 ") ? /\r\nRetry-After: (\d+)\r\n/.exec(text)?.[1] : undefined;
			end(told === undefined ? { broken: text } : { after: Number(told) * 1000 });
		});
	});
}

test("two thousand readers that return at once to a server that lets in five hundred a second are all served", async () => {
	const world = await startWorld({ connectRate: 500, connectWait: 500 });
	await world.holdfast.publish("a", "kept");
	const serve = async (first: Socket, way: Way): Promise<void> => {
		for (let socket = first; ; socket = await opened(world.port)) {
			const outcome = await ask(socket, way);
			if (outcome === "served") return;
			if ("broken" in outcome) throw new Error(`A reader was told neither a message nor when to come back: ${outcome.broken}`);
			expect(outcome.after).toBeGreaterThanOrEqual(1000);
			expect(outcome.after).toBeLessThanOrEqual(30_000);
			await new Promise((resolve) => setTimeout(resolve, outcome.after));
		}
	};
	const sockets: Socket[] = [];
	// Not more at once than a machine's queue of connections holds: what it drops, no server sees.
	while (sockets.length < readers) sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => opened(world.port)))));
	const began = performance.now();
	await Promise.all(sockets.map((socket, i) => serve(socket, ways[i % ways.length] as Way)));
	// Twice the rate at once and then the rate: not sooner.
	expect(performance.now() - began).toBeGreaterThan(1900);
	expect(world.faults).toEqual([]);
	await world.close();
}, 60_000);
