/** What a page keeps over a reload, and whether that is what has been handled. */
import type { QuickStore } from "@holdfast/client";
import { formatCursor, parseCursor } from "@holdfast/protocol";
import type { Plan } from "./plan.ts";
import { furthestBehind, type Notebook } from "./user.ts";

export class Kept {
	readonly #book: Notebook;
	readonly #plan: Plan;
	readonly #texts = { session: new Map<string, string>(), local: new Map<string, string>() };

	constructor(book: Notebook, plan: Plan) {
		this.#book = book;
		this.#plan = plan;
	}

	store(kind: "session" | "local"): QuickStore {
		return {
			get: (key) => this.#texts[kind].get(key),
			set: (key, value) => {
				this.#texts[kind].set(key, value);
				this.#checkWriting(key, value);
			},
		};
	}

	/** The cursor of a channel. */
	written(channel: string): string | undefined {
		const kept = [...this.#texts[this.#plan.persist ?? "session"]];
		return kept.find(([key]) => key.startsWith("holdfast:") && key.endsWith(`:${channel}`))?.[1];
	}

	/** What has been handled must have been written, since the page may be gone any moment. */
	check(): void {
		if (this.#plan.persist === undefined) return;
		for (const channel of this.#plan.channels) {
			const handled = this.#handled(channel);
			const written = this.written(channel);
			if (handled !== undefined && written !== handled)
				this.#book.wrong(`${channel} is kept as ${written}, handled up to ${handled}`);
		}
	}

	/** What all subscriptions of a channel have handled, where it is clear. */
	#handled(channel: string): string | undefined {
		const readers = this.#book.readers.filter(({ wanted, reading }) => wanted && reading.channel === channel);
		const places = readers.flatMap(({ handled }) => handled ?? []);
		const least = places.length === readers.length ? furthestBehind(places) : undefined;
		return least && formatCursor(least);
	}

	/** A cursor that is written must not be ahead of what has been handled: what lies between would be lost with the page. */
	#checkWriting(key: string, value: string): void {
		const channel = this.#plan.channels.find((name) => key.endsWith(`:${name}`));
		const cursor = parseCursor(value);
		if (channel === undefined || cursor === undefined) return;
		for (const { wanted, reading, handled } of this.#book.readers) {
			const done = handled === undefined ? undefined : parseCursor(handled);
			if (!wanted || reading.channel !== channel || done?.epoch !== cursor.epoch || cursor.offset <= done.offset) continue;
			this.#book.wrong(`${value} of ${channel} was written, but ${reading.name} has handled only ${handled}`);
		}
	}
}
