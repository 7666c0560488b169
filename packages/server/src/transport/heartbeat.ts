import type { Clock, Timer } from "../clock.ts";

/**
 * Calls `beat` for each member once an `interval`, with one timer for all: ten thousand timers would cost more memory than
 * the cursors that they watch over.
 */
export class Heartbeat<Member> {
	readonly #clock: Clock;
	readonly #interval: number;
	readonly #beat: (member: Member) => void;
	/** In the order in which they are due, since the interval is one for all. */
	readonly #due = new Map<Member, number>();
	#timer: Timer | undefined;

	constructor(clock: Clock, interval: number, beat: (member: Member) => void) {
		this.#clock = clock;
		this.#interval = interval;
		this.#beat = beat;
	}

	/** Adds a member, or sets its interval to its beginning. */
	touch(member: Member): void {
		this.#due.delete(member);
		this.#due.set(member, this.#clock.now() + this.#interval);
		this.#timer ??= this.#clock.after(this.#step, this.#tick);
	}

	remove(member: Member): void {
		this.#due.delete(member);
	}

	get #step(): number {
		return Math.min(1000, this.#interval / 10);
	}

	readonly #tick = (): void => {
		this.#timer = undefined;
		// What would fall due before the next look is due now: an interval is the longest silence, never exceeded.
		const until = this.#clock.now() + this.#step;
		for (const [member, due] of this.#due) {
			if (due > until) break;
			this.touch(member);
			this.#beat(member);
		}
		if (this.#due.size > 0) this.#timer ??= this.#clock.after(this.#step, this.#tick);
	};
}
