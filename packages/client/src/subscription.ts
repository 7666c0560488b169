import { type Cursor, formatCursor } from "@holdfast/protocol";
import { type Gap, type Message, unwrap, type WireMessage } from "./message.ts";
import type { WireGap } from "./way.ts";

/** So many messages wait for a slow handler. Beyond that they stay in the log, and are asked for again when there is room. */
const most = 500;

export interface Handlers {
	/** The next message waits for its promise, and the cursor moves only then. */
	message(message: Message): unknown;
	gap?(gap: Gap): void;
	/** Where it begins. */
	begun?(cursor: string): void;
	/** What was handed over up to `cursor` has been handled. */
	moved?(cursor: string): void;
	/** A handler has thrown. Its message counts as handled: stopping for it would stop the channel for ever. */
	failed(error: unknown): void;
	/** There is room again. */
	hungry(): void;
}

interface Entry {
	readonly place: Cursor;
	readonly hand: () => unknown;
}

/**
 * One reader of a channel: hands on each message once and in order, and tells what is missing. Cursors are opaque to others,
 * but this client is of the same house as the server, and compares offsets of one epoch: so what two links bring, or one
 * brings again, is handed on once.
 */
export class Subscription {
	readonly #channel: string;
	readonly #handlers: Handlers;
	/** Where it begins while it has no place: `first`, `now`, `last.<n>`. */
	readonly #start: string;
	/** The place of what was taken last, handled or not. */
	#tail: Cursor | undefined;
	#handled: Cursor | undefined;
	#full = false;
	#busy = false;
	#closed = false;
	readonly #waiting: Entry[] = [];

	constructor(channel: string, start: string | Cursor, handlers: Handlers) {
		this.#channel = channel;
		this.#handlers = handlers;
		this.#start = typeof start === "string" ? start : "";
		if (typeof start !== "string") this.begin(start);
	}

	get tail(): Cursor | undefined {
		return this.#tail;
	}

	/** The cursor to come back with after a reload. */
	get handled(): Cursor | undefined {
		return this.#handled;
	}

	get start(): string {
		return this.#tail === undefined ? this.#start : formatCursor(this.#tail);
	}

	/** It takes nothing until it is `hungry`. */
	get full(): boolean {
		return this.#full;
	}

	/** Takes a place if it has none. */
	begin(place: Cursor): void {
		if (this.#tail !== undefined) return;
		this.#tail = place;
		this.#handled = place;
		this.#handlers.begun?.(formatCursor(place));
	}

	/** False when the message is of another life of the log, and where that begins was not told: that must be asked for. */
	take(message: WireMessage, place: Cursor): boolean {
		const tail = this.#tail;
		if (tail === undefined || this.#full) return true;
		if (place.epoch !== tail.epoch) return false;
		if (place.offset > tail.offset) this.#put(place, () => this.#handlers.message(unwrap(message)));
		return true;
	}

	/** True when it goes on from a place before, or in another life of the log. */
	miss({ reason }: WireGap, place: Cursor): boolean {
		const tail = this.#tail;
		if (tail === undefined || this.#full) return false;
		const turned = place.epoch !== tail.epoch || reason === "unknown";
		// It is told to whom it was asked for: who stands in this life already has not lost the last one.
		const own = !turned && reason === "reset" ? "expired" : reason;
		if (turned || place.offset > tail.offset) this.#put(place, this.#gap(tail, place, own));
		return turned;
	}

	close(): void {
		this.#closed = true;
		this.#waiting.length = 0;
	}

	#gap(after: Cursor, next: Cursor, reason: Gap["reason"]): () => unknown {
		const gap = { channel: this.#channel, after: formatCursor(after), next: formatCursor(next), reason };
		return () => this.#handlers.gap?.(gap);
	}

	#put(place: Cursor, hand: () => unknown): void {
		this.#tail = place;
		this.#waiting.push({ place, hand });
		this.#full = this.#waiting.length >= most;
		this.#pump();
	}

	#pump(): void {
		while (!this.#busy && !this.#closed) {
			const entry = this.#waiting.shift();
			if (entry === undefined) break;
			this.#busy = true;
			const pending = this.#hand(entry);
			if (pending === undefined) this.#settle(entry);
			else void pending.then(() => this.#settle(entry)).then(() => this.#pump());
		}
		if (this.#full && !this.#closed && this.#waiting.length <= most / 2) {
			this.#full = false;
			this.#handlers.hungry();
		}
	}

	/** Undefined when it is done already: a handler that does not wait costs no turn of the event loop. */
	#hand({ hand }: Entry): Promise<unknown> | undefined {
		try {
			const result = hand();
			if (!(result instanceof Object && "then" in result)) return undefined;
			return Promise.resolve(result).catch((error: unknown) => this.#handlers.failed(error));
		} catch (error) {
			this.#handlers.failed(error);
			return undefined;
		}
	}

	#settle({ place }: Entry): void {
		this.#busy = false;
		if (this.#closed) return;
		this.#handled = place;
		this.#handlers.moved?.(formatCursor(place));
	}
}
