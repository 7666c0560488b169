import { HoldfastError } from "@holdfast/protocol";
import type { Clock } from "../clock.ts";
import type { ServerLimits } from "../options.ts";
import { type Kept, RateLimit } from "./rate-limit.ts";

/** What every limit is made of. */
export interface Limiting {
	readonly clock: Clock;
	readonly limits: ServerLimits;
	/** The limits that were set, and so hold for this machine too. */
	readonly set: ReadonlySet<string>;
}

/** So many of those whom a limit may know by name are remembered. */
export const mostKnown = 50_000;

/** A rate among the server's options, and what those are told who go beyond it. */
export class Limit<Key> {
	readonly #rate: RateLimit<Key>;
	readonly #sparesLoopback: boolean;
	readonly #tell: (rate: number) => string;

	/** `seconds`: so many seconds' tokens may be used at once. */
	constructor(
		{ clock, limits, set }: Limiting,
		name: keyof ServerLimits,
		kept: Kept<Key>,
		tell: (rate: number) => string,
		seconds = 1,
	) {
		this.#rate = new RateLimit(clock, limits[name], limits[name] * seconds, kept);
		this.#sparesLoopback = !set.has(name);
		this.#tell = tell;
	}

	/** `rate_limited`, or undefined while there is any token. */
	refusal(key: Key | undefined, isLoopback = false): HoldfastError | undefined {
		if (key === undefined || (isLoopback && this.#sparesLoopback)) return undefined;
		const wait = this.#rate.wait(key);
		if (wait === 0) return undefined;
		return new HoldfastError("rate_limited", this.#tell(this.#rate.rate), { retryAfter: Math.ceil(wait / 1000) });
	}

	take(key: Key | undefined, tokens: number, isLoopback = false): void {
		if (key === undefined || tokens === 0 || (isLoopback && this.#sparesLoopback)) return;
		this.#rate.take(key, tokens);
	}
}
