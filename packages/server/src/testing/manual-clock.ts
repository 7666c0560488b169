/** A clock that stands until it is turned. */
import type { Clock, Timer } from "../clock.ts";

interface Waiting {
	readonly at: number;
	readonly run: () => void;
}

export class ManualClock implements Clock {
	#now: number;
	readonly #waiting = new Set<Waiting>();

	constructor(now = 1_795_190_400_000) {
		this.#now = now;
	}

	now(): number {
		return this.#now;
	}

	after(ms: number, run: () => void): Timer {
		const waiting = { at: this.#now + ms, run };
		this.#waiting.add(waiting);
		return { cancel: () => void this.#waiting.delete(waiting) };
	}

	/** The end of a turn of the event loop is no matter of time. */
	soon(run: () => void): void {
		setImmediate(run);
	}

	/** Goes on by `ms`, and runs what falls due on the way at its own time and in its order. */
	advance(ms: number): void {
		const end = this.#now + ms;
		for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
			this.#waiting.delete(next);
			this.#now = Math.max(this.#now, next.at);
			next.run();
		}
		this.#now = end;
	}

	/** As a machine's clock is set: nothing falls due by it. */
	set(now: number): void {
		this.#now = now;
	}

	/** How many timers wait. */
	get waiting(): number {
		return this.#waiting.size;
	}

	#next(end: number): Waiting | undefined {
		let first: Waiting | undefined;
		for (const waiting of this.#waiting) {
			if (waiting.at <= end && (first === undefined || waiting.at < first.at)) first = waiting;
		}
		return first;
	}
}
