import type { Clock } from "../clock.ts";

/** Lets some at a time go on, in the order in which they came, and everything else that a process has to do between them. */
export class Turns {
	readonly #clock: Clock;
	readonly #most: number;
	#waiting: (() => void)[] = [];
	#planned = false;

	/** `most`: how many go on in one turn of the event loop. */
	constructor(clock: Clock, most: number) {
		this.#clock = clock;
		this.#most = most;
	}

	/** Resolves when it is one's turn, and never in this one. */
	next(): Promise<void> {
		return new Promise((resolve) => {
			this.#waiting.push(resolve);
			this.#plan();
		});
	}

	#plan(): void {
		if (this.#planned) return;
		this.#planned = true;
		this.#clock.soon(() => {
			this.#planned = false;
			for (const go of this.#waiting.splice(0, this.#most)) go();
			if (this.#waiting.length > 0) this.#plan();
		});
	}
}
