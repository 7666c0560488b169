import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Answer } from "../../transport/poll.ts";
import { tagOf } from "../parameters.ts";
import type { Headers } from "../respond.ts";
import type { LaneRequest } from "./request.ts";

/** Whose turn it is after an answer. */
export interface Turn {
	/** The lines that end a head: Date, and what becomes of the connection. */
	readonly lastLines: string;
	/** The client does not take the answer as fast as it comes. */
	stalled(): void;
	/** All of the answer is with the kernel. */
	finished(): void;
}

/** What `req` of a response tells; the request itself is let go. */
const asked = { GET: { method: "GET", httpVersionMajor: 1 }, POST: { method: "POST", httpVersionMajor: 1 } } as const;

/** The answer that each reader who waits at one place is sent: the very bytes. */
interface Whole {
	readonly lastLines: string;
	readonly bytes: Buffer;
}

const wholes = new WeakMap<Answer, Whole>();

/** What routes do to an answer, as Node's has it; it leaves in one write. */
export class LaneResponse {
	readonly req: (typeof asked)["GET" | "POST"];
	readonly socket: Socket;
	readonly #turn: Turn;
	headersSent = false;
	writableEnded = false;
	/** Whether what follows the head is to be framed in chunks. */
	chunkedEncoding = false;
	#head = "";
	#headers: Record<string, string | number> | undefined;
	#closed = false;
	/** Of `close`, the one event that there is. */
	#listeners: (() => void)[] = [];

	constructor(request: LaneRequest, turn: Turn) {
		this.req = asked[request.method as "GET" | "POST"];
		this.socket = request.socket;
		this.#turn = turn;
	}

	get destroyed(): boolean {
		return this.#closed || this.socket.destroyed;
	}

	hasHeader(name: string): boolean {
		return this.#headers?.[name] !== undefined;
	}

	setHeader(name: string, value: string | number): this {
		this.#headers ??= {};
		this.#headers[name] = value;
		return this;
	}

	writeHead(status: number, headers: Headers = {}): this {
		this.headersSent = true;
		this.#head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
		for (const [name, value] of Object.entries(this.#headers ?? {})) this.#head += `${name}: ${value}\r\n`;
		for (const [name, value] of Object.entries(headers)) this.#head += `${name}: ${value}\r\n`;
		return this;
	}

	/** The head of an answer that goes on: what follows is written to the socket, in chunks. */
	flushHeaders(): void {
		this.chunkedEncoding = true;
		this.socket.write(`${this.#head}Transfer-Encoding: chunked\r\n${this.#turn.lastLines}`, "latin1");
	}

	end(body: string | Buffer = ""): void {
		if (this.writableEnded) return;
		this.writableEnded = true;
		if (this.chunkedEncoding) {
			const size = Buffer.byteLength(body);
			this.#send(size === 0 ? "0\r\n\r\n" : `${size.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
		} else if (typeof body === "string") {
			// Of text that is ASCII alone, as nearly all is, the bytes are the characters.
			const encoding = Buffer.byteLength(body) === body.length ? "latin1" : "utf8";
			this.#send(`${this.#head}${this.#turn.lastLines}${body}`, encoding);
		} else {
			this.#send(Buffer.concat([Buffer.from(`${this.#head}${this.#turn.lastLines}`, "latin1"), body]));
		}
	}

	/** Answers a poll. Those who wait at the same place get the same bytes, made once. */
	answer(answer: Answer): void {
		if (this.writableEnded || this.destroyed) return;
		this.headersSent = true;
		this.writableEnded = true;
		const { lastLines } = this.#turn;
		const known = this.#headers === undefined ? wholes.get(answer) : undefined;
		if (known?.lastLines === lastLines) {
			this.#send(known.bytes);
			return;
		}
		this.writeHead(200, {
			"Content-Length": answer.body.length,
			"Content-Type": "application/json",
			"Cache-Control": "no-store",
			ETag: tagOf(answer.next),
		});
		const bytes = Buffer.concat([Buffer.from(`${this.#head}${lastLines}`, "latin1"), answer.body]);
		if (this.#headers === undefined) wholes.set(answer, { lastLines, bytes });
		this.#send(bytes);
	}

	on(_event: "close", listener: () => void): this {
		this.#listeners.push(listener);
		return this;
	}

	/** As `on`, since it is told once. */
	once(event: "close", listener: () => void): this {
		return this.on(event, listener);
	}

	off(_event: "close", listener: () => void): this {
		this.#listeners = this.#listeners.filter((one) => one !== listener);
		return this;
	}

	destroy(): this {
		this.socket.destroy();
		return this;
	}

	/** Told once, when the answer has left or will never. */
	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		for (const listener of this.#listeners) listener();
	}

	#send(bytes: string | Buffer, encoding: "latin1" | "utf8" = "utf8"): void {
		this.socket.write(bytes, encoding, () => this.#turn.finished());
		if (this.socket.writableCorked === 0 && this.socket.writableLength > 0) this.#turn.stalled();
	}
}
