import type { Environment, Hint } from "../environment.ts";

/** Time to turn by hand, whose timers may be late, and chance that can be told. Whoever asks for the network gets none. */
export class FakeTime {
	at = 0;
	/** What `random` gives. */
	chance = 0;
	readonly #timers = new Map<() => void, number>();
	readonly #hints = new Set<(hint: Hint) => void>();
	#names = 0;
	readonly environment: Environment = {
		now: () => this.at,
		after: (ms, run) => {
			const timer = () => run();
			this.#timers.set(timer, this.at + ms);
			return () => this.#timers.delete(timer);
		},
		random: () => this.chance,
		unique: () => `name-${++this.#names}`,
		fetch: () => Promise.reject(new TypeError("There is no network.")),
		socket: () => Promise.reject(new TypeError("There is no network.")),
		hints: (told) => {
			this.#hints.add(told);
			return () => this.#hints.delete(told);
		},
	};

	/** Runs what is due, in its order. */
	pass(ms: number): void {
		const end = this.at + ms;
		for (;;) {
			const [next] = [...this.#timers].filter(([, due]) => due <= end).sort((a, b) => a[1] - b[1]);
			if (next === undefined) break;
			this.#timers.delete(next[0]);
			this.at = Math.max(this.at, next[1]);
			next[0]();
		}
		this.at = end;
	}

	/** The machine sleeps: the clock goes on, and no timer fires. */
	sleep(ms: number): void {
		this.at += ms;
	}

	hint(hint: Hint): void {
		for (const told of [...this.#hints]) told(hint);
	}

	get timers(): number {
		return this.#timers.size;
	}

	/** Who waits for hints. */
	get listeners(): number {
		return this.#hints.size;
	}
}
