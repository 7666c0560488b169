import { type Cursor, formatCursor, parseCursor } from "@holdfast/protocol";
import type { HoldfastError } from "./error.ts";
import type { Gap, WireMessage } from "./message.ts";
import type { WireGap } from "./way.ts";

/** So many messages wait for a slow handler. Beyond that they stay in the log, and are asked for again when there is room. */
const most = 500;

/** What is told to whoever reads a channel. */
export interface Handlers {
	/** The next message waits for its promise, and the cursor moves only then. */
	message(message: WireMessage): unknown;
	gap?: ((gap: Gap) => void) | undefined;
	/** Where it begins. */
	begun?: ((cursor: string) => void) | undefined;
	/** What was handed over up to `cursor` has been handled. */
	moved?: ((cursor: string) => void) | undefined;
	/** A handler has thrown. Its message counts as handled: stopping for it would stop the channel for ever. */
	failed(error: unknown): void;
	ended(error: HoldfastError): void;
}

/**
 * One reader of a channel: hands on each message once and in order, and tells what is missing. Cursors are opaque to others,
 * but this client is of the same house as the server, and compares offsets of one epoch: so what two links bring, or one
 * brings again, is handed on once.
 */
export interface Reader {
	/** Of what was taken last, handled or not. */
	readonly place: Cursor | undefined;
	/** Where it goes on; while it has no place, `first`, `now` or `last.<n>`. */
	start(): string;
	/** It takes nothing until it is `hungry`, or ever where it is closed. */
	readonly full: boolean;
	/** Takes a place if it has none. */
	begin(place: Cursor): void;
	/** Passes over what it has. */
	take(message: WireMessage, place: Cursor): void;
	/** Passes over a gap before its place in the same life of the log. */
	miss(gap: WireGap, place: Cursor): void;
	close(): void;
	/** Tells that the server refuses it, or that the client was closed. */
	end(error: HoldfastError): void;
}

/** `start`: a cursor, `first`, `now` or `last.<n>`; empty is `now`. `hungry`: told that there is room again. */
export function createReader(channel: string, start: string, handlers: Handlers, hungry: () => void): Reader {
	const waiting: { readonly at: Cursor; readonly hand: () => unknown }[] = [];
	let place: Cursor | undefined;
	let full = false;
	let busy = false;
	let closed = false;

	const pump = () => {
		while (!busy && !closed) {
			const next = waiting.shift();
			if (next === undefined) break;
			busy = true;
			const settle = () => {
				busy = false;
				if (!closed) handlers.moved?.(formatCursor(next.at));
			};
			const pending = handOver(next.hand);
			// A handler that does not wait costs no turn of the event loop.
			if (pending === undefined) settle();
			else void pending.then(settle).then(pump);
		}
		if (full && !closed && waiting.length <= most / 2) {
			full = false;
			hungry();
		}
	};

	const handOver = (hand: () => unknown): Promise<unknown> | undefined => {
		try {
			const result = hand() as PromiseLike<unknown> | null | undefined;
			if (result?.then) return Promise.resolve(result).catch(handlers.failed);
		} catch (error) {
			handlers.failed(error);
		}
		return undefined;
	};

	const put = (at: Cursor, hand: () => unknown) => {
		place = at;
		full = waiting.push({ at, hand }) >= most;
		pump();
	};

	const begin = (at: Cursor) => {
		if (place !== undefined) return;
		place = at;
		void handOver(() => handlers.begun?.(formatCursor(at)));
	};

	const known = parseCursor(start);
	if (known) begin(known);
	return {
		get place() {
			return place;
		},
		start: () => (place ? formatCursor(place) : start || "now"),
		get full() {
			return full;
		},
		begin,
		take(message, at) {
			if (place && at.offset > place.offset) put(at, () => handlers.message(message));
		},
		miss({ reason }, at) {
			if (place === undefined || (at.epoch === place.epoch && reason !== "unknown" && at.offset <= place.offset)) return;
			const gap = { channel, after: formatCursor(place), next: formatCursor(at), reason };
			put(at, () => handlers.gap?.(gap));
		},
		close() {
			closed = full = true;
			waiting.length = 0;
		},
		end: (error) => handlers.ended(Object.assign(error, { channel })),
	};
}
