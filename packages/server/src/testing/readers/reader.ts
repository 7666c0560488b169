/** A reader as tests see it: one type for every way to read, which checks what it is told as it comes. */
import { type Cursor, channelSet, formatCursor, type Gap, parseCursor, parseSetCursor } from "@holdfast/protocol";

/** What to read, and where to begin. One channel is read from its own resource, several as a set. */
export interface Where {
	readonly channels: readonly string[];
	/** A cursor, `first` or `now`. */
	readonly after?: string;
	readonly last?: number;
	/** A cursor, sent as the header. */
	readonly lastEventId?: string;
	/** A start for each channel, by its own cursors, in the place of the set's. */
	readonly from?: Readonly<Record<string, string>>;
	/** Messages an answer, for polls. */
	readonly limit?: number;
}

/** A message as the wire brings it. */
export interface WireMessage {
	readonly id: string;
	readonly channel: string;
	readonly data: unknown;
	readonly time: number;
	readonly encoding?: "base64";
	readonly event?: string;
	readonly from?: string;
	readonly key?: string;
}

/** Stands for the tests' own limit: whatever is awaited and does not come. */
const patience = 20_000;

export class TestReader {
	readonly messages: WireMessage[] = [];
	readonly gaps: Gap[] = [];
	/** Messages and gaps together, as they came. */
	readonly told: (WireMessage | Gap)[] = [];
	/** How often it was told that the past had been delivered. */
	lives = 0;
	/** What it was told of the log: false when it was away, true when it was back. */
	readonly freshness: boolean[] = [];
	/** What it hands back to go on; undefined until it has been told one. */
	cursor: string | undefined;
	/** Why the server ended it: a close code, the reason of a `$bye`, a status, or `lost`. */
	ended: string | undefined;
	/** Stops reading the socket, where the way has one that stays. */
	pause: () => void = () => undefined;
	resume: () => void = () => undefined;
	readonly #channels: readonly string[];
	readonly #several: boolean;
	readonly #from: Where["from"];
	readonly #places = new Map<string, Cursor>();
	readonly #waiting = new Set<() => void>();
	readonly #stop: () => void;
	#beforeGaps: string | undefined;
	#fault: Error | undefined;
	#closed = false;

	/** `stop` ends what pumps into this reader. */
	constructor(where: Where, stop: () => void) {
		this.#channels = channelSet(where.channels);
		this.#several = where.channels.length > 1;
		this.#from = where.from;
		this.#stop = stop;
		const sent = where.lastEventId ?? (where.after === "first" || where.after === "now" ? undefined : where.after);
		if (sent !== undefined) this.#stand(sent);
	}

	get closed(): boolean {
		return this.#closed;
	}

	get data(): readonly unknown[] {
		return this.messages.map((message) => message.data);
	}

	/** The cursor that it begins after; one that was sent comes back as it is. */
	opened(next: string, places?: Readonly<Record<string, string>>): void {
		this.#expect(this.cursor === undefined || next === this.cursor, `opened at ${next}, sent ${this.cursor}`);
		this.#stand(next);
		this.#expect((places === undefined) === (this.#from === undefined), `opened at the places ${JSON.stringify(places)}`);
		for (const [channel, start] of Object.entries(this.#from ?? {})) {
			const place = places?.[channel] ?? "";
			const known = this.#places.get(channel);
			this.#expect(known !== undefined && formatCursor(known) === place, `${place} is not the place in ${channel} of ${next}`);
			this.#expect(parseCursor(start) === undefined || place === start, `opened at ${place}, sent ${start}`);
		}
		this.#wake();
	}

	/** `cursor` is the reader's own after this message; undefined where the way does not tell it. */
	message(message: WireMessage, cursor: string | undefined): void {
		const { channel, id } = message;
		this.#expect(this.#channels.includes(channel), `a message of ${channel}`);
		const place = parseCursor(id);
		const before = this.#places.get(channel);
		if (place === undefined) this.fail(new Error(`${id} is no id`));
		else if (before !== undefined) {
			const follows = place.epoch === before.epoch && place.offset === before.offset + 1;
			this.#expect(follows, `${id} of ${channel} came after ${before.epoch}-${before.offset} and no gap was told`);
			this.#places.set(channel, place);
		}
		this.messages.push(message);
		this.told.push(message);
		this.#beforeGaps = undefined;
		if (cursor === undefined) this.#wake();
		else this.#reach(cursor);
	}

	gap(gap: Gap): void {
		this.#expect(this.#channels.includes(gap.channel), `a gap of ${gap.channel}`);
		// Gaps of several channels that stand together are told after one cursor.
		this.#beforeGaps ??= this.cursor;
		const follows = this.#beforeGaps === undefined || gap.after === this.#beforeGaps || gap.after === this.cursor;
		this.#expect(follows, `a gap after ${gap.after}, standing at ${this.cursor}`);
		const before = this.#places.get(gap.channel);
		this.#stand(gap.next);
		const next = this.#places.get(gap.channel);
		if (before !== undefined && next !== undefined)
			this.#expect(isReason(gap, before, next), `a gap without reason: ${gap.reason}`);
		this.gaps.push(gap);
		this.told.push(gap);
		this.#wake();
	}

	live(next: string): void {
		this.#reach(next);
		this.lives++;
		this.#expect(this.lives === 1, "told live twice");
		this.#wake();
	}

	stale(): void {
		this.freshness.push(false);
		this.#wake();
	}

	/** Everything up to `next` has been told. */
	fresh(next: string): void {
		this.freshness.push(true);
		this.#reach(next);
	}

	/** The `next` of an answer. */
	answered(next: string): void {
		this.#reach(next);
	}

	end(why: string): void {
		if (this.#closed) return;
		this.ended ??= why;
		this.#wake();
	}

	fail(error: unknown): void {
		this.#fault ??= error instanceof Error ? error : new Error(String(error));
		this.#wake();
	}

	/** Resolves when `done`; fails at once when the reader was told something wrong, or was ended. */
	async until(done: () => boolean, what = "something"): Promise<void> {
		let out = false;
		const timer = setTimeout(() => {
			out = true;
			this.#wake();
		}, patience);
		try {
			while (this.#fault !== undefined || !done()) {
				const state = `${this.messages.length} messages, ${this.gaps.length} gaps, at ${this.cursor}`;
				if (this.#fault !== undefined) throw this.#fault;
				if (this.ended !== undefined) throw new Error(`Ended by ${this.ended} before ${what} (${state}).`);
				if (out) throw new Error(`Waited in vain for ${what} (${state}).`);
				await new Promise<void>((resolve) => this.#waiting.add(resolve));
			}
		} finally {
			clearTimeout(timer);
		}
	}

	/** The data of the first `count` messages, in the order in which they came. */
	async take(count: number): Promise<readonly unknown[]> {
		await this.until(() => this.messages.length >= count, `${count} messages`);
		return this.data.slice(0, count);
	}

	/** Waits for the server to end it, and says why. */
	async whyEnded(): Promise<string> {
		await this.until(() => this.ended !== undefined, "the end");
		return this.ended as string;
	}

	/** Ends it and gives its cursor. Fails when it was told anything wrong in its life. */
	close(): string {
		this.#closed = true;
		this.#stop();
		if (this.#fault !== undefined) throw this.#fault;
		return this.cursor ?? "now";
	}

	/** Sets the cursor, and the places that it stands for. */
	#stand(cursor: string): void {
		this.#expect(/^[A-Za-z0-9._~-]+$/.test(cursor), `${cursor} is no cursor`);
		const places = this.#parse(cursor);
		this.#expect(places !== undefined, `${cursor} is no cursor of ${this.#channels}`);
		for (const [i, place] of (places ?? []).entries()) this.#places.set(this.#channels[i] as string, place);
		this.cursor = cursor;
	}

	/** The cursor that is told must be the place where what was told has led. */
	#reach(cursor: string): void {
		const reached = this.#channels.map((channel) => this.#places.get(channel));
		const told = this.#parse(cursor);
		const same = told?.every((place, i) => {
			const known = reached[i];
			return known === undefined || (known.epoch === place.epoch && known.offset === place.offset);
		});
		this.#expect(same === true, `told the cursor ${cursor}, standing at ${JSON.stringify(reached)}`);
		this.#stand(cursor);
		this.#wake();
	}

	#parse(cursor: string): readonly Cursor[] | undefined {
		if (this.#several) return parseSetCursor(cursor, this.#channels);
		const place = parseCursor(cursor);
		return place && [place];
	}

	#expect(holds: boolean, what: string): void {
		if (!holds) this.fail(new Error(`The reader of ${this.#channels} was told wrong: ${what}.`));
	}

	#wake(): void {
		for (const wake of this.#waiting) wake();
		this.#waiting.clear();
	}
}

function isReason({ reason }: Gap, before: Cursor, next: Cursor): boolean {
	if (reason === "reset") return next.epoch !== before.epoch;
	if (next.epoch !== before.epoch) return false;
	return reason === "unknown" ? next.offset < before.offset : next.offset > before.offset;
}
