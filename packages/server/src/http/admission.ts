import { HoldfastError } from "@holdfast/protocol";
import type { Clock, Random } from "../clock.ts";
import type { ServerLimits } from "../options.ts";
import { RateLimit } from "./rate-limit.ts";

/** The longest that anyone is told to stay away, in seconds. */
const longestAway = 60;

/**
 * Lets newcomers in at a pace. Who finds no token has the next that comes reserved and waits for it, so nobody is overtaken and no
 * more can wait than come in within the longest wait.
 */
export class Admission {
	readonly #pace: RateLimit<"all">;
	/** Those who were refused come back at the same pace. */
	readonly #returns: RateLimit<"all">;
	readonly #longest: number;
	readonly #clock: Clock;
	readonly #random: Random;

	constructor({ connectRate, connectWait }: ServerLimits, clock: Clock, random: Random) {
		this.#pace = new RateLimit(clock, connectRate, 2 * connectRate, new Map());
		this.#returns = new RateLimit(clock, connectRate, 1, new Map());
		this.#longest = connectWait;
		this.#clock = clock;
		this.#random = random;
	}

	/**
	 * Undefined: come in. Else resolves when it is its turn; whoever calls `leave` before is not waited for, and the wait
	 * is then never over.
	 *
	 * @throws HoldfastError `overloaded` when the wait would be too long.
	 */
	enter(): { readonly turn: Promise<void>; leave(): void } | undefined {
		const wait = Math.ceil(this.#pace.wait("all"));
		if (wait > this.#longest) throw this.#refusal();
		this.#pace.take("all", 1);
		if (wait === 0) return undefined;
		let resolve = (): void => undefined;
		const turn = new Promise<void>((done) => {
			resolve = done;
		});
		let isWaiting = true;
		const timer = this.#clock.after(wait, () => {
			isWaiting = false;
			resolve();
		});
		const leave = () => {
			if (!isWaiting) return;
			isWaiting = false;
			timer.cancel();
			this.#pace.giveBack("all", 1);
		};
		return { turn, leave };
	}

	#refusal(): HoldfastError {
		const queue = this.#returns.wait("all") / 1000;
		if (queue < longestAway) this.#returns.take("all", 1);
		const retryAfter = Math.min(longestAway, Math.ceil((1 + queue) * (1 + this.#random())));
		return new HoldfastError("overloaded", "Too many connect at the same time.", { retryAfter });
	}
}
