/** Who uses the client on one page: subscribes, publishes, and writes down what comes of it. */
import type { Holdfast, HoldfastError } from "@holdfast/client";
import { type Cursor, parseCursor } from "@holdfast/protocol";
import type { Chance } from "./chance.ts";
import type { Publishing, Reading, Told } from "./history.ts";
import { forbidden, type HandlerKind } from "./plan.ts";
import type { World } from "./world.ts";

/** What a handler throws on purpose. */
export class Planned extends Error {}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export interface Notebook {
	readonly world: Pick<World, "now" | "after" | "trace">;
	readonly readers: Reader[];
	readonly publishings: Publishing[];
	/** All trouble is over, and handlers are quick. */
	readonly over: boolean;
	wrong(text: string): void;
}

/** One subscription. */
export class Reader {
	readonly reading: Reading;
	readonly #told: Told[] = [];
	readonly #book: Notebook;
	/** Handed over last, and handled last. */
	place: string | undefined;
	handled: string | undefined;
	wanted = true;
	/** Its page was thrown away: what its code would still do is not done. */
	#discarded = false;
	#busy = false;
	#leave: () => void = () => undefined;

	constructor(book: Notebook, channel: string, start: string) {
		const beside = book.readers.filter(({ wanted, reading }) => wanted && reading.channel === channel);
		this.#book = book;
		this.reading = {
			name: `reader ${book.readers.length}`,
			channel,
			start,
			at: book.world.now,
			beside: beside.flatMap(({ place }) => place ?? []),
			told: this.#told,
			lasting: true,
		};
		book.readers.push(this);
	}

	/** `start`: undefined where the client is to know it. */
	begin(holdfast: Holdfast, start: string | undefined, kind: HandlerKind, chance: Chance): void {
		const last = start?.startsWith("last.") ? { last: Number(start.slice(5)) } : undefined;
		this.#leave = holdfast
			.channel(this.reading.channel)
			.subscribe(({ channel, id, data }) => this.#take(channel, id, data, kind, chance), {
				...(last ?? (start === undefined ? {} : { after: start })),
				onBegin: (cursor) => {
					this.#note({ at: this.#book.world.now, type: "begun", cursor });
					this.place = cursor;
					this.handled = cursor;
				},
				onGap: ({ after, next, reason }) => {
					this.#enter();
					this.#note({ at: this.#book.world.now, type: "gap", after, next, reason });
					this.place = next;
					this.handled = next;
				},
				onEnd: ({ code }) => this.#end(code),
			});
	}

	leave(): void {
		this.#book.world.trace(() => `${this.reading.name} leaves`);
		this.stop();
		this.#leave();
	}

	/** Nothing is to come any more. */
	stop(): void {
		this.wanted = false;
		(this.reading as Mutable<Reading>).lasting = false;
	}

	discard(): void {
		this.stop();
		this.#discarded = true;
	}

	#enter(): void {
		if (this.#busy && !this.#discarded)
			this.#book.wrong(`${this.reading.name} was handed something before it was done with what came before`);
	}

	#take(channel: string, id: string, data: unknown, kind: HandlerKind, chance: Chance): unknown {
		this.#enter();
		this.#note({ at: this.#book.world.now, type: "message", channel, id, data });
		this.place = id;
		if (kind === "plain" || this.#book.over || chance.happens(0.5)) {
			this.handled = id;
			return undefined;
		}
		if (kind === "throws") {
			this.handled = id;
			throw new Planned("A handler throws.");
		}
		this.#busy = true;
		return new Promise<void>((resolve, reject) => {
			this.#book.world.after(chance.between(0, kind === "slow" ? 1500 : 50), () => {
				this.#busy = false;
				this.handled = id;
				if (kind === "slow") resolve();
				else reject(new Planned("A handler rejects."));
			});
		});
	}

	#end(code: string): void {
		this.#note({ at: this.#book.world.now, type: "ended", code });
		if (this.#discarded) return;
		const rightly = code === "closed" || (code === "forbidden" && this.reading.channel === forbidden);
		if (!rightly) this.#book.wrong(`${this.reading.name} of ${this.reading.channel} was ended: ${code}`);
		this.wanted = false;
	}

	#note(told: Told): void {
		if (this.#discarded) return;
		this.#book.world.trace(() => `${this.reading.name} of ${this.reading.channel}: ${JSON.stringify(told)}`);
		if (!this.wanted) this.#book.wrong(`${this.reading.name} was told of ${told.type} after it had left`);
		this.#told.push(told);
	}
}

/** Publishes what nobody else does. */
export function publish(book: Notebook, page: number, holdfast: Holdfast, channel: string, timeout: number | undefined): void {
	// Long enough to be cut, with characters and lines that must not be.
	const data = { n: book.publishings.length, text: "grüße\n\r€ 🦩 event: $bye\n\ndata: x" };
	const publishing: Mutable<Publishing> = { page, channel, data: JSON.stringify(data), outcome: undefined, abandoned: false };
	book.publishings.push(publishing);
	book.world.trace(() => `page ${page} publishes ${data.n} to ${channel}`);
	const done = (outcome: NonNullable<Publishing["outcome"]>) => {
		book.world.trace(() => `publishing ${data.n}: ${JSON.stringify(outcome)}`);
		if (publishing.abandoned) return;
		if (publishing.outcome !== undefined) book.wrong(`publishing ${data.n} ended twice`);
		publishing.outcome = outcome;
	};
	holdfast
		.channel(channel)
		.publish(data, timeout === undefined ? {} : { timeout })
		.then(({ id }) => done({ id }))
		.catch((error: HoldfastError) => done({ code: error.code }));
}

/** The one that is furthest behind; undefined where they are of more than one life. */
export function furthestBehind(places: readonly string[]): Cursor | undefined {
	const cursors = places.map((place) => parseCursor(place) as Cursor);
	if (new Set(cursors.map(({ epoch }) => epoch)).size !== 1) return undefined;
	return cursors.reduce((a, b) => (b.offset < a.offset ? b : a));
}
