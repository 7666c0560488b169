/**
 * What was published, what readers were told, and when something could be lost: the material of `check`. A reader's messages are kept
 * as stretches without a hole, since that is what they nearly always are; what breaks a stretch begins another.
 */
import { type Cursor, formatCursor, parseCursor } from "@holdfast/protocol";

/** `refused`: told that it is not stored, and must not be from then on. `unknown`: the answer never came. */
export type Answer = { readonly kept: string } | "refused" | "unknown";

export interface Asking {
	readonly asked: number;
	/** When `answer` came; for ever under way without one. */
	ended: number;
	answer: Answer;
}

/** All that was asked under one name, which is the message's data and its idempotency key. */
export interface Publish {
	readonly channel: string;
	readonly name: string;
	readonly askings: Asking[];
}

export interface Stretch {
	readonly epoch: string;
	readonly from: number;
	to: number;
}

export interface ToldGap {
	readonly reason: string;
	/** Undefined where it was told to a reader of several channels by their one cursor. */
	readonly next: Cursor | undefined;
	/** Whether something may have been lost by then. */
	readonly losable: boolean;
	/** Whether that was just happening: then two masters may answer, of which one will be forgotten. */
	readonly losing: boolean;
}

/** How one reader went along one channel. */
export interface Walk {
	readonly reader: string;
	readonly channel: string;
	/** Where it began: a cursor, or before everything. */
	start: Cursor | "first";
	readonly told: (Stretch | ToldGap)[];
}

export class History {
	readonly publishes = new Map<string, Publish>();
	readonly walks: Walk[] = [];
	/** What readers were told under each id, by channel. */
	readonly contents = new Map<string, Map<string, string>>();
	readonly contradictions: string[] = [];
	/** Each time in which what was acknowledged could be lost, in the order of time. */
	readonly losses: { readonly from: number; to: number }[] = [];

	/** Publishing is asked for; tell what becomes of it by the function that is returned. */
	asked(channel: string, name: string, at: number): (answer: Answer, at: number) => void {
		const publish = this.publishes.get(name) ?? { channel, name, askings: [] };
		this.publishes.set(name, publish);
		const asking: Asking = { asked: at, ended: Number.POSITIVE_INFINITY, answer: "unknown" };
		publish.askings.push(asking);
		return (answer, ended) => {
			asking.answer = answer;
			if (answer !== "unknown") asking.ended = ended;
		};
	}

	/** From now until the function is called, what was acknowledged may be lost, if it is told. */
	losing(from: number): (to: number) => void {
		const loss = { from, to: Number.POSITIVE_INFINITY };
		this.losses.push(loss);
		return (to) => {
			loss.to = to;
		};
	}

	/** A reader of a channel from a cursor, or from `first`. */
	reads(reader: string, channel: string, start: string): WalkRecorder {
		const walk: Walk = { reader, channel, start: start === "first" ? start : cursorOf(start), told: [] };
		this.walks.push(walk);
		return new WalkRecorder(this, walk);
	}
}

export class WalkRecorder {
	readonly #history: History;
	readonly #walk: Walk;
	readonly #contents: Map<string, string>;
	#at: Stretch | undefined;

	constructor(history: History, walk: Walk) {
		this.#history = history;
		this.#walk = walk;
		this.#contents = history.contents.get(walk.channel) ?? new Map();
		history.contents.set(walk.channel, this.#contents);
	}

	took(id: string, data: string): void {
		const { epoch, offset } = cursorOf(id);
		const known = this.#contents.get(id);
		if (known === undefined) this.#contents.set(id, data);
		else if (known !== data) {
			this.#history.contradictions.push(
				`${this.#walk.channel}: ${id} was told as ${known}, and to ${this.#walk.reader} as ${data}`,
			);
		}
		if (this.#at?.epoch === epoch && this.#at.to + 1 === offset) this.#at.to = offset;
		else {
			this.#at = { epoch, from: offset, to: offset };
			this.#walk.told.push(this.#at);
		}
	}

	gap(next: string | undefined, reason: string): void {
		const { losses } = this.#history;
		const losing = losses.at(-1)?.to === Number.POSITIVE_INFINITY;
		const place = next === undefined ? undefined : cursorOf(next);
		this.#walk.told.push({ reason, next: place, losable: losses.length > 0, losing });
		this.#at = undefined;
	}
}

export function cursorOf(text: string): Cursor {
	const cursor = parseCursor(text);
	if (cursor === undefined || formatCursor(cursor) !== text) throw new TypeError(`This is no cursor of a channel: ${text}`);
	return cursor;
}
