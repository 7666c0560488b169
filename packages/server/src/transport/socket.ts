import type { Duplex } from "node:stream";
import {
	type CloseCode,
	fullPage,
	headerSize,
	opcodes,
	opFresh,
	opLive,
	opStale,
	plainPage,
	writeHeader,
} from "@holdfast/protocol";
import type { WebSocket } from "ws";
import type { Clock } from "../clock.ts";
import { Outbound } from "./outbound.ts";
import type { Form, Transport } from "./transport.ts";

/** Whole, unmasked text frames, one after another in one buffer: one write for all of them. */
export function textFrames(texts: readonly string[]): Buffer {
	const sizes = texts.map((text) => Buffer.byteLength(text));
	let total = 0;
	for (const size of sizes) total += headerSize(size) + size;
	const bytes = Buffer.allocUnsafe(total);
	let at = 0;
	for (const [i, text] of texts.entries()) {
		at = writeHeader(bytes, at, opcodes.text, sizes[i] as number);
		at += bytes.write(text, at);
	}
	return bytes;
}

/** The plain form of one channel, that of several, and the full form. */
export const socketForms = {
	one: { page: (page) => textFrames(plainPage(page, false)) },
	several: { page: (page) => textFrames(plainPage(page, true)) },
	full: { page: (page) => textFrames(fullPage(page)) },
} satisfies Record<string, Form<Buffer>>;

const pingFrame = Buffer.alloc(2);
writeHeader(pingFrame, 0, opcodes.ping, 0);

/** How long a socket that is closed may take to deliver its last words, in milliseconds. */
const lastWords = 5000;

export interface SocketOptions {
	readonly outboundBytes: number;
	readonly clock: Clock;
}

/** A WebSocket's writing side. `ws` reads, answers pings and closes; frames go past it, since it would make each anew. */
export class SocketTransport implements Transport<Buffer> {
	readonly form: Form<Buffer>;
	readonly #socket: WebSocket;
	readonly #options: SocketOptions;
	readonly #outbound: Outbound;

	constructor(form: Form<Buffer>, socket: WebSocket, raw: Duplex, options: SocketOptions) {
		this.form = form;
		this.#socket = socket;
		this.#options = options;
		this.#outbound = new Outbound(raw, options.outboundBytes);
	}

	get writable(): boolean {
		return this.#outbound.writable;
	}

	write(frame: Buffer): boolean {
		if (this.#socket.readyState !== this.#socket.OPEN) return false;
		return this.#outbound.write(frame);
	}

	/** Text frames of this connection alone. */
	tell(...texts: string[]): boolean {
		return this.write(textFrames(texts));
	}

	live(next: string): boolean {
		return this.tell(opLive(next));
	}

	stale(): boolean {
		return this.tell(opStale());
	}

	fresh(next: string): boolean {
		return this.tell(opFresh(next));
	}

	drained(resume: () => void): void {
		this.#outbound.drained(resume);
	}

	/** Asks the peer for a sign of life. A full connection has enough to do. */
	ping(): void {
		if (this.writable) this.write(pingFrame);
	}

	leave(code: CloseCode): void {
		this.end(code);
	}

	end(code: CloseCode, reason = ""): void {
		this.#socket.close(code, reason);
		this.#options.clock.after(lastWords, () => this.#socket.terminate());
	}
}

/** One channel's share of a full-form connection. */
export class ChannelTransport implements Transport<Buffer> {
	readonly form: Form<Buffer>;
	readonly #connection: SocketTransport;
	readonly #channel: string;

	constructor(channel: string, connection: SocketTransport) {
		this.form = socketForms.full;
		this.#channel = channel;
		this.#connection = connection;
	}

	get writable(): boolean {
		return this.#connection.writable;
	}

	write(frame: Buffer): boolean {
		return this.#connection.write(frame);
	}

	live(next: string): boolean {
		return this.#connection.tell(opLive(next, this.#channel));
	}

	stale(): boolean {
		return this.#connection.tell(opStale(this.#channel));
	}

	fresh(next: string): boolean {
		return this.#connection.tell(opFresh(next, this.#channel));
	}

	drained(resume: () => void): void {
		this.#connection.drained(resume);
	}

	end(code: CloseCode): void {
		this.#connection.end(code);
	}
}
