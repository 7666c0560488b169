import type { Environment } from "./environment.ts";

/** Every way brings something at least this often: a message, a comment, an answer. In milliseconds, as all here. */
const quiet = 30_000;
/** Time to open, and time to answer when it is asked for a sign of life. */
const patience = 10_000;
/** Time to answer when there is reason to think that it is dead. */
const haste = 3000;
/** A timer that fires so much too late tells that the page or the machine was asleep. */
const slack = 2000;

export interface Watch {
	heard(): void;
	/** Finds out soon. */
	look(): void;
	stop(): void;
}

/**
 * Notices that a link is dead: it says nothing, and goes on to say nothing when it is asked. Waits for the first sign of life.
 * `check` asks for one; `dead` is called at most once.
 */
export function createWatch(environment: Environment, check: () => void, dead: () => void): Watch {
	let heardAt = environment.now();
	/** An answer is waited for. */
	let asked = true;
	let excused = false;
	let cancel: () => void;

	const wait = (ms: number) => {
		const due = environment.now() + ms;
		cancel = environment.after(ms, () => fire(environment.now() - due > slack));
	};
	const look = (ms: number) => {
		// One that is still being opened has not been heard of yet, and has its time.
		if (asked) return;
		asked = true;
		excused = false;
		cancel();
		wait(ms);
		check();
	};
	const fire = (late: boolean) => {
		const silence = environment.now() - heardAt;
		if (!asked) {
			if (late || silence >= quiet) look(late ? haste : patience);
			else wait(quiet - silence);
		} else if (late && !excused) {
			// What came while the page was asleep may be handled only after its timers.
			excused = true;
			wait(haste);
		} else dead();
	};

	wait(patience);
	return {
		heard() {
			heardAt = environment.now();
			asked = false;
		},
		look: () => look(haste),
		stop: () => cancel(),
	};
}
