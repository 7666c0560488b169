/** Virtual time: what is due runs in its order, and all promises that it settles have settled before the next. */

interface Due {
	readonly at: number;
	readonly run: () => void;
}

/** A run that does so much is turning in a circle. */
const mostSteps = 60_000;

export class World {
	/** Milliseconds. */
	now = 1_000_000;
	steps = 0;
	/** Sorted, the next one last. */
	readonly #due: Due[] = [];
	readonly #traced: ((line: string) => void) | undefined;

	constructor(traced?: (line: string) => void) {
		this.#traced = traced;
	}

	/** `text` is asked for only where someone reads it. */
	trace(text: () => string): void {
		this.#traced?.(`${((this.now - 1_000_000) / 1000).toFixed(3).padStart(9)} ${text()}`);
	}

	after(ms: number, run: () => void): () => void {
		const due = { at: this.now + Math.max(0, ms), run };
		let low = 0;
		let high = this.#due.length;
		// Before those of the same time, which were asked for earlier and stand nearer to the end.
		while (low < high) {
			const middle = (low + high) >> 1;
			if ((this.#due[middle] as Due).at > due.at) low = middle + 1;
			else high = middle;
		}
		this.#due.splice(low, 0, due);
		return () => {
			const at = this.#due.indexOf(due);
			if (at >= 0) this.#due.splice(at, 1);
		};
	}

	/** Goes on until `done`, or for so many milliseconds. True when it is done. */
	async run(ms: number, done: () => boolean = () => false): Promise<boolean> {
		const end = this.now + ms;
		await settle();
		while (!done()) {
			const next = this.#due.at(-1);
			if (next === undefined || next.at > end) {
				this.now = end;
				return done();
			}
			if (++this.steps > mostSteps) throw new Error(`More than ${mostSteps} steps: it is turning in a circle.`);
			this.#due.pop();
			this.now = Math.max(this.now, next.at);
			next.run();
			await settle();
		}
		return true;
	}
}

/** Promises settle before the event loop's next turn. */
function settle(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}
