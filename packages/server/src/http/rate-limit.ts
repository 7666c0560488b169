import type { Clock } from "../clock.ts";

/** What a limit remembers of each whom it limits: when the bucket is full again, and need not be known any more. */
export interface Kept<Key> {
	get(key: Key): number | undefined;
	set(key: Key, fullAt: number, now: number): unknown;
}

/**
 * Token buckets: each holds `burst` tokens and gains `rate` a second. A bucket is one number, the time when it will be full if
 * nothing more is taken; who is unknown has a full one.
 */
export class RateLimit<Key> {
	readonly rate: number;
	readonly #burst: number;
	readonly #clock: Clock;
	readonly #kept: Kept<Key>;
	#heard: number;
	#now = 0;

	constructor(clock: Clock, rate: number, burst: number, kept: Kept<Key>) {
		this.rate = rate;
		this.#burst = burst;
		this.#clock = clock;
		this.#kept = kept;
		this.#heard = clock.now();
	}

	/** Milliseconds until there is a token: 0 when there is one. */
	wait(key: Key): number {
		const now = this.#time();
		const fullAt = this.#kept.get(key);
		if (fullAt === undefined || fullAt <= now) return 0;
		const wait = Math.max(0, fullAt - now - ((this.#burst - 1) * 1000) / this.rate);
		// Who keeps asking is remembered before who does not.
		if (wait > 0) this.#kept.set(key, fullAt, now);
		return wait;
	}

	/** Takes tokens, more than there are if need be: they are owed. */
	take(key: Key, tokens: number): void {
		const now = this.#time();
		this.#kept.set(key, Math.max(now, this.#kept.get(key) ?? 0) + (tokens * 1000) / this.rate, now);
	}

	/** Gives back what was taken and not used. */
	giveBack(key: Key, tokens: number): void {
		this.take(key, -tokens);
	}

	/** A machine's clock may be set back, for which nobody is to wait. */
	#time(): number {
		const now = this.#clock.now();
		this.#now += Math.max(0, now - this.#heard);
		this.#heard = now;
		return this.#now;
	}
}
