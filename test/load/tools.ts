/** What the tests of load have in common: bare sockets by the thousand. */
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A socket that has connected. Errors are one way to end. */
export function dial(port: number, first: string): Promise<Socket> {
	return new Promise((resolve, reject) => {
		const socket = connect({ port, host: "127.0.0.1", noDelay: true });
		socket.once("error", reject).once("connect", () => {
			socket.off("error", reject).on("error", () => undefined);
			socket.write(first);
			resolve(socket);
		});
	});
}

/** Many, some at a time. */
export async function dialAll(port: number, count: number, first: (i: number) => string): Promise<Socket[]> {
	const sockets: Socket[] = [];
	while (sockets.length < count) {
		const next = Array.from({ length: Math.min(100, count - sockets.length) }, (_, i) => dial(port, first(sockets.length + i)));
		sockets.push(...(await Promise.all(next)));
	}
	return sockets;
}

export const streamRequest = (path: string, more = "") =>
	`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n${more}\r\n`;

export const socketRequest = (path: string, more = "") =>
	`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${more}\r\n`;

const agent = new Agent({ keepAlive: true });

/** One request on a connection that is kept; resolves with its status, its body and how long it took in milliseconds. */
export function timed(
	port: number,
	path: string,
	body?: unknown,
	headers: Record<string, string> = {},
): Promise<{ status: number; text: string; ms: number }> {
	const began = performance.now();
	const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
	return new Promise((resolve, reject) => {
		const asked = request(
			{
				port,
				host: "127.0.0.1",
				path,
				agent,
				method: bytes === undefined ? "GET" : "POST",
				headers: { ...headers, ...(bytes && { "Content-Type": "application/json", "Content-Length": bytes.length }) },
			},
			async (response) => {
				let text = "";
				for await (const chunk of response.setEncoding("utf8")) text += chunk;
				resolve({ status: response.statusCode ?? 0, text, ms: performance.now() - began });
			},
		);
		asked.once("error", reject).end(bytes);
	});
}

/** Publishes `{"sent": <milliseconds>}`, so often a second and without waiting for answers, until it is stopped; resolves then with how many were refused, by status or code. */
export function publishSteadily(
	port: number,
	channel: (n: number) => string,
	perSecond: number,
	padding = "",
): () => Promise<Record<string, number>> {
	let going = true;
	const refused: Record<string, number> = {};
	const asked = new Set<Promise<void>>();
	const work = (async () => {
		const began = performance.now();
		for (let n = 0; going; n++) {
			const due = began + (n * 1000) / perSecond - performance.now();
			if (due > 0) await sleep(due);
			const answer = timed(port, `/v1/channels/${channel(n)}/messages`, { sent: performance.now(), padding })
				.then(
					({ status }) => status,
					(error: { readonly code?: string }) => error.code ?? "failed",
				)
				.then((end) => {
					if (end !== 201) refused[end] = (refused[end] ?? 0) + 1;
				})
				.finally(() => asked.delete(answer));
			asked.add(answer);
		}
	})();
	return async () => {
		going = false;
		await work;
		await Promise.all(asked);
		return refused;
	};
}

const mark = Buffer.from('"sent":');

/** How late what `publishSteadily` sends comes at these sockets. */
export class Latencies {
	#all: number[] = [];

	watch(sockets: readonly Socket[]): void {
		for (const socket of sockets) {
			socket.on("data", (chunk: Buffer) => {
				const now = performance.now();
				for (let at = chunk.indexOf(mark); at !== -1; at = chunk.indexOf(mark, at + 1)) {
					const from = at + mark.length;
					this.#all.push(now - Number.parseFloat(chunk.toString("latin1", from, from + 20)));
				}
			});
		}
	}

	/** Since it was asked last. */
	take(): { readonly count: number; readonly p50: number; readonly p99: number } {
		const all = this.#all.sort((a, b) => a - b);
		this.#all = [];
		const at = (share: number) => all[Math.floor(all.length * share)] ?? Number.NaN;
		return { count: all.length, p50: at(0.5), p99: at(0.99) };
	}
}
