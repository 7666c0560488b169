/** The network in front of one column: what goes over it is counted and shown, and it may be slow, cut, or out of patience. */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Count } from "../shared/lab.ts";
import { now } from "./clock.ts";
import { Glimpse, headOf } from "./glimpse.ts";

/** How bad the network is; it may change at any time. */
export interface Weather {
	/** Milliseconds. */
	readonly delay: number;
	/** Seconds of silence. */
	readonly patience: number;
}

/** A request with what answers it: a WebSocket is one as well. */
interface Exchange {
	readonly socket: Socket;
	/** Bytes of the request's head, which the socket had read before it was known whose they are. */
	readonly head: number;
	readonly read: number;
	readonly written: number;
	readonly glimpse: Glimpse;
	heard: number;
}

const gatewayTimeout = "HTTP/1.1 504 Gateway Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

export class Line {
	readonly #weather: () => Weather;
	readonly #open = new Set<Exchange>();
	#used = new WeakSet<Socket>();
	#count = { requests: 0, up: 0, down: 0, used: 0 };
	#latest: Glimpse | undefined;

	constructor(weather: () => Weather) {
		this.#weather = weather;
	}

	/** Takes a request up; `pass` hands it on when it has come through. Returns what ends the exchange. */
	carry(request: IncomingMessage, socket: Socket, pass: () => void): () => void {
		const head = headOf(request);
		const { bytesRead, bytesWritten } = socket;
		const glimpse = new Glimpse(head, request.headers.upgrade !== undefined);
		const exchange = { socket, head: Buffer.byteLength(head), read: bytesRead, written: bytesWritten, glimpse, heard: now() };
		this.#count.requests += 1;
		if (!this.#used.has(socket)) this.#count.used += 1;
		this.#used.add(socket);
		this.#open.add(exchange);
		const tap = tapOf(socket);
		tap.delay = () => this.#weather().delay;
		const wrote = (bytes: Buffer) => {
			exchange.heard = now();
			glimpse.wrote(bytes);
			this.#latest = glimpse;
		};
		tap.wrote = wrote;
		const { delay } = this.#weather();
		const timer = delay > 0 ? setTimeout(pass, delay) : undefined;
		if (delay === 0) pass();
		return () => {
			clearTimeout(timer);
			// The browser's next request on this connection may be somebody else's.
			if (tap.wrote === wrote) Object.assign(tap, idle);
			if (!this.#open.delete(exchange)) return;
			const { up, down } = bytesOf(exchange);
			this.#count.up += up;
			this.#count.down += down;
		};
	}

	/** What has been silent for longer than the proxy's patience ends as it does behind real ones. */
	look(): void {
		const patience = this.#weather().patience * 1000;
		for (const { socket, heard, glimpse } of this.#open) {
			if (patience === 0 || now() - heard < patience) continue;
			if (glimpse.head === "") socket.end(gatewayTimeout);
			else socket.destroy();
		}
	}

	cut(): void {
		for (const { socket } of this.#open) socket.destroy();
	}

	get open(): number {
		return this.#open.size;
	}

	get count(): Count {
		let { up, down } = this.#count;
		for (const exchange of this.#open) {
			const more = bytesOf(exchange);
			up += more.up;
			down += more.down;
		}
		const { up: asked = "", head = "", body = "" } = this.#latest ?? {};
		return { ...this.#count, up, down, open: this.#open.size, exchange: { up: asked, head, body } };
	}
}

function bytesOf({ socket, head, read, written }: Exchange): { up: number; down: number } {
	return { up: head + socket.bytesRead - read, down: socket.bytesWritten - written };
}

/** What writes to a socket, seen and held up. A socket keeps its tap: a browser uses it for one request after another. */
interface Tap {
	delay(): number;
	wrote(bytes: Buffer): void;
}

const idle: Readonly<Tap> = { delay: () => 0, wrote: () => undefined };

const taps = new WeakMap<Socket, Tap>();

function tapOf(socket: Socket): Tap {
	const known = taps.get(socket);
	if (known !== undefined) return known;
	const tap: Tap = { ...idle };
	taps.set(socket, tap);
	const late: { readonly due: number; readonly run: () => void }[] = [];
	/** What is written later must not overtake, also where the delay has been made shorter meanwhile. */
	const flush = () => {
		for (let next = late[0]; next !== undefined; next = late[0]) {
			if (next.due > now()) return void setTimeout(flush, next.due - now());
			late.shift();
			next.run();
		}
	};
	const pass = (run: () => void) => {
		const delay = tap.delay();
		if (delay === 0 && late.length === 0) return run();
		late.push({ due: now() + delay, run });
		if (late.length === 1) setTimeout(flush, delay);
	};
	const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
	const end = socket.end.bind(socket) as (...given: unknown[]) => Socket;
	socket.write = (...given: unknown[]) => {
		const [chunk, encoding] = given as [string | Uint8Array, BufferEncoding?];
		const bytes = typeof chunk === "string" ? Buffer.from(chunk, typeof encoding === "string" ? encoding : "utf8") : chunk;
		tap.wrote(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
		pass(() => write(...given));
		return !socket.writableNeedDrain;
	};
	socket.end = (...given: unknown[]) => {
		pass(() => end(...given));
		return socket;
	};
	return tap;
}
