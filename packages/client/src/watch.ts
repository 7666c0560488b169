import type { Environment } from "./environment.ts";

/** Every way brings something at least this often: a message, a comment, an answer. In milliseconds, as all here. */
const quiet = 30_000;
/** Time to open, and time to answer when it is asked for a sign of life. */
const patience = 10_000;
/** Time to answer when there is reason to think that it is dead. */
const haste = 3000;
/** A timer that fires so much too late tells that the page or the machine was asleep. */
const slack = 2000;

/** Notices that a link is dead: it says nothing, and goes on to say nothing when it is asked. */
export class Watch {
	readonly #environment: Environment;
	readonly #check: () => void;
	readonly #dead: () => void;
	#heardAt: number;
	/** An answer is waited for. */
	#asked = true;
	#excused = false;
	#cancel: () => void;

	/** Waits for the first sign of life. `check` asks for one; `dead` is called at most once. */
	constructor(environment: Environment, check: () => void, dead: () => void) {
		this.#environment = environment;
		this.#check = check;
		this.#dead = dead;
		this.#heardAt = environment.now();
		this.#cancel = this.#after(patience);
	}

	heard(): void {
		this.#heardAt = this.#environment.now();
		this.#asked = false;
	}

	/** Finds out soon. */
	look(time = haste): void {
		// One that is still being opened has not been heard of yet, and has its time.
		if (this.#asked) return;
		this.#asked = true;
		this.#excused = false;
		this.#cancel();
		this.#cancel = this.#after(time);
		this.#check();
	}

	stop(): void {
		this.#cancel();
	}

	#after(ms: number): () => void {
		const due = this.#environment.now() + ms;
		return this.#environment.after(ms, () => this.#fire(this.#environment.now() - due > slack));
	}

	#fire(late: boolean): void {
		const silence = this.#environment.now() - this.#heardAt;
		if (!this.#asked) {
			if (late || silence >= quiet) this.look(late ? haste : patience);
			else this.#cancel = this.#after(quiet - silence);
		} else if (late && !this.#excused) {
			// What came while the page was asleep may be handled only after its timers.
			this.#excused = true;
			this.#cancel = this.#after(haste);
		} else this.#dead();
	}
}
