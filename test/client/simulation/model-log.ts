/** The log as the model server keeps it, and all that ever was in it: the truth that histories are checked against. */
import { type Cursor, formatCursor, type GapReason, type Message } from "@holdfast/protocol";

export type Start = Cursor | "first" | "now" | { readonly last: number };

export interface LogPage {
	readonly after: Cursor;
	readonly gap?: { readonly next: Cursor; readonly reason: GapReason };
	readonly messages: readonly Message[];
	readonly next: Cursor;
	readonly more: boolean;
}

/** A message that is or was in the log. */
export interface Kept {
	readonly id: string;
	readonly data: string;
	readonly at: number;
	/** Counts what the channel has lost and begun anew: the same id may be given out twice where a tail was lost. */
	readonly generation: number;
	readonly offset: number;
}

/** How the log was from `at` on. */
export interface Condition {
	readonly at: number;
	readonly epoch: string;
	/** The offset of the oldest kept; one more than `head` where nothing is. */
	readonly first: number;
	readonly head: number;
	readonly generation: number;
}

export class ModelChannel {
	readonly name: string;
	/** Everything that was ever stored, in order. */
	readonly stored: Kept[] = [];
	readonly conditions: Condition[] = [];
	readonly #now: () => number;
	readonly #retention: number;
	#messages: Message[] = [];
	#known = new Map<string, { readonly id: string; readonly time: number }>();
	#epoch = "a0";
	#head = 0;
	#generation = 0;
	#watchers = new Set<() => void>();

	constructor(name: string, retention: number, now: () => number) {
		this.name = name;
		this.#retention = retention;
		this.#now = now;
		this.#note();
	}

	get head(): Cursor {
		return { epoch: this.#epoch, offset: this.#head };
	}

	get kept(): number {
		return this.#messages.length;
	}

	watch(grown: () => void): () => void {
		this.#watchers.add(grown);
		return () => this.#watchers.delete(grown);
	}

	append(data: string, key?: string): { readonly id: string; readonly time: number } {
		const known = key === undefined ? undefined : this.#known.get(key);
		if (known !== undefined) return known;
		const time = this.#now();
		this.#head += 1;
		const id = formatCursor(this.head);
		this.#messages.push({ channel: this.name, id, offset: this.#head, data, time });
		this.stored.push({ id, data, at: time, generation: this.#generation, offset: this.#head });
		if (key !== undefined) this.#known.set(key, { id, time });
		this.trim(this.#retention);
		return { id, time };
	}

	/** Keeps the newest so many. */
	trim(most: number): void {
		if (this.#messages.length > most) this.#messages.splice(0, this.#messages.length - most);
		this.#changed();
	}

	/** A new life. */
	remove(): void {
		this.#generation += 1;
		this.#epoch = `a${this.#generation}`;
		this.#head = 0;
		this.#messages = [];
		this.#known = new Map();
		this.#changed();
	}

	/** The newest are gone, as after a crash of a store that does not flush; their offsets are given out again. */
	loseTail(count: number): void {
		if (this.#messages.length === 0) return;
		this.#generation += 1;
		const lost = this.#messages.splice(-count);
		this.#head -= lost.length;
		for (const [key, { id }] of this.#known) if (lost.some((message) => message.id === id)) this.#known.delete(key);
		this.#changed();
	}

	read(start: Start, limit: number): LogPage {
		const { after, gap, offset } = this.#place(start);
		const rest = this.#messages.filter((message) => message.offset > offset);
		const messages = rest.slice(0, limit);
		const next = { epoch: this.#epoch, offset: messages.at(-1)?.offset ?? offset };
		return { after, ...(gap && { gap }), messages, next, more: messages.length < rest.length };
	}

	#place(start: Start): { after: Cursor; gap?: LogPage["gap"]; offset: number } {
		const at = (offset: number) => ({ epoch: this.#epoch, offset });
		const oldest = this.#head - this.#messages.length;
		const begin = (offset: number) => ({ after: at(offset), offset });
		const miss = (offset: number, reason: GapReason) => ({ after: start as Cursor, gap: { next: at(offset), reason }, offset });
		if (start === "first") return begin(oldest);
		if (start === "now") return begin(this.#head);
		if ("last" in start) return begin(Math.max(oldest, this.#head - start.last));
		if (start.epoch !== this.#epoch) return miss(oldest, "reset");
		if (start.offset > this.#head) return miss(this.#head, "unknown");
		return start.offset < oldest ? miss(oldest, "expired") : begin(start.offset);
	}

	#changed(): void {
		this.#note();
		for (const grown of [...this.#watchers]) grown();
	}

	#note(): void {
		const first = this.#head - this.#messages.length + 1;
		this.conditions.push({ at: this.#now(), epoch: this.#epoch, first, head: this.#head, generation: this.#generation });
	}
}
