import type { ServerResponse } from "node:http";
import {
	type ByeReason,
	type CloseCode,
	closeCodes,
	type Opening,
	sseBye,
	sseComment,
	sseFresh,
	sseLive,
	sseOpen,
	ssePage,
	sseStale,
} from "@holdfast/protocol";
import type { Clock } from "../clock.ts";
import { Outbound } from "./outbound.ts";
import { outletOf } from "./outlet.ts";
import type { Form, Transport } from "./transport.ts";

/** Text of an event stream as bytes, bare and as one chunk of a chunked answer; each is made once, when first asked for. */
export class SseFrame {
	readonly bytes: Buffer;
	#chunk: Buffer | undefined;

	constructor(text: string) {
		this.bytes = Buffer.from(text);
	}

	get chunk(): Buffer {
		this.#chunk ??= Buffer.concat([Buffer.from(`${this.bytes.length.toString(16)}\r\n`), this.bytes, Buffer.from("\r\n")]);
		return this.#chunk;
	}
}

const form = (raw: boolean, named: boolean): Form<SseFrame> => ({
	page: (page) => new SseFrame(ssePage(page, raw, named)),
});

/** Whole messages or their bare data, under their event names or all under the default one. */
export const sseForms = {
	json: { named: form(false, true), unnamed: form(false, false) },
	raw: { named: form(true, true), unnamed: form(true, false) },
};

export const sseHeaders = {
	"Content-Type": "text/event-stream",
	"Cache-Control": "no-store, no-transform",
	"X-Accel-Buffering": "no",
	Incremental: "?1",
} as const;

const comment = new SseFrame(sseComment(""));
const staleFrame = new SseFrame(sseStale());

/** More than the buffer of any proxy known to wait for one, sent where a proxy stands between. */
const padding = sseComment(" ".repeat(2048));

const byeReasons: Partial<Record<CloseCode, ByeReason>> = {
	[closeCodes.slow]: "slow",
	[closeCodes.expired]: "expired",
	[closeCodes.notAllowed]: "forbidden",
};

/** How long a stream that is ended may take to deliver its last words, in milliseconds. */
const lastWords = 5000;

export interface SseOptions {
	readonly outboundBytes: number;
	readonly clock: Clock;
	/** Milliseconds before the browser comes back. */
	readonly retry: () => number;
}

/**
 * An event stream. Frames are chunked once for all readers and go to the socket, past the response, which would chunk each
 * anew. The response must have its socket: no other answer before it on the connection is still to be sent. Over HTTP/2 they
 * go to the stream as they are: what it holds back is its own, and no matter of the others on the connection.
 */
export class SseTransport implements Transport<SseFrame> {
	readonly form: Form<SseFrame>;
	readonly #response: ServerResponse;
	readonly #options: SseOptions;
	readonly #outbound: Outbound;
	#chunked = false;
	#ended = false;

	constructor(response: ServerResponse, form: Form<SseFrame>, options: SseOptions) {
		this.form = form;
		this.#response = response;
		this.#options = options;
		this.#outbound = new Outbound(outletOf(response), options.outboundBytes);
	}

	get writable(): boolean {
		return this.#outbound.writable;
	}

	/** Sends the head and the first block. */
	open(opening: Opening, proxied: boolean): void {
		this.#response.writeHead(200, sseHeaders);
		this.#response.flushHeaders();
		this.#chunked = this.#response.chunkedEncoding === true;
		this.write(new SseFrame((proxied ? padding : "") + sseOpen(opening, this.#options.retry())));
	}

	write(frame: SseFrame): boolean {
		return !this.#ended && this.#outbound.write(this.#chunked ? frame.chunk : frame.bytes);
	}

	live(next: string): boolean {
		return this.write(new SseFrame(sseLive(next)));
	}

	stale(): boolean {
		return this.write(staleFrame);
	}

	fresh(next: string): boolean {
		return this.write(new SseFrame(sseFresh(next)));
	}

	drained(resume: () => void): void {
		this.#outbound.drained(resume);
	}

	/** Keeps proxies and browsers from taking silence for death. A full connection is not silent. */
	comment(): void {
		if (this.writable) this.write(comment);
	}

	leave(code: CloseCode): void {
		this.end(code);
	}

	end(code: CloseCode): void {
		if (this.#ended) return;
		this.#ended = true;
		const response = this.#response;
		if (!response.headersSent) response.writeHead(200, sseHeaders);
		response.end(sseBye(byeReasons[code] ?? "draining", this.#options.retry()));
		this.#options.clock.after(lastWords, () => response.destroy());
	}
}
