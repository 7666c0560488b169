import type { Clock } from "../clock.ts";

/** The longest rest: so many times what a turn took, and so many milliseconds. */
const mostTimes = 9;
const longestRest = 10;

/**
 * Lets some at a time go on, in the order in which they came, and everything else that a process has to do between them. A few
 * give way to many: after a turn they rest for as long as it took, times how many others there are for each of them.
 */
export class Turns {
	readonly #clock: Clock;
	readonly #most: number;
	readonly #present: () => number;
	#waiting: (() => void)[] = [];
	#planned = false;
	#began = 0;
	/** Milliseconds of the last turn, as far as it is over. */
	#spent = 0;

	/** `most`: how many go on in one turn of the event loop; `present`: of all that the process serves. */
	constructor(clock: Clock, most: number, present: () => number) {
		this.#clock = clock;
		this.#most = most;
		this.#present = present;
	}

	/** Does `work` when it is one's turn, and never in this one. */
	async take<Done>(work: () => Promise<Done>): Promise<Done> {
		await new Promise<void>((go) => {
			this.#waiting.push(go);
			this.#plan();
		});
		try {
			return await work();
		} finally {
			this.#spent = this.#clock.now() - this.#began;
		}
	}

	#plan(): void {
		if (this.#planned) return;
		this.#planned = true;
		this.#clock.soon(() => {
			const rest = this.#rest;
			if (rest > 0) this.#clock.after(rest, () => this.#go());
			else this.#go();
		});
	}

	get #rest(): number {
		const others = this.#present() / this.#waiting.length - 1;
		return Math.min(longestRest, Math.round(this.#spent * Math.min(mostTimes, others)));
	}

	#go(): void {
		this.#planned = false;
		this.#began = this.#clock.now();
		this.#spent = 0;
		for (const go of this.#waiting.splice(0, this.#most)) go();
		if (this.#waiting.length > 0) this.#plan();
	}
}
