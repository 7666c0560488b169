import type { Environment } from "./environment.ts";
import { createTimer } from "./timer.ts";

/** Every way brings something at least this often: a message, a comment, an answer. In milliseconds, as all here. */
const longestQuiet = 30_000;
/** Time to open, and time to answer when it is asked for a sign of life. */
const longestPatience = 10_000;
/** Time to answer when there is reason to think that it is dead. */
const haste = 3000;
/** A timer that fires so much too late tells that the page or the machine was asleep. */
const slack = 2000;

export interface Watch {
	heard(): void;
	/** Finds out soon. */
	look(): unknown;
	stop(): void;
}

/**
 * Notices that a link is dead: it says nothing, and goes on to say nothing when it is asked. Waits for the first sign of life.
 * `check` asks for one; `dead` is called at most once.
 */
export function createWatch(
	environment: Environment,
	check: () => void,
	dead: () => void,
	quiet = longestQuiet,
	patience = longestPatience,
): Watch {
	/** 1: an answer is waited for. 2: for longer, since the timer was late: what came while the page was asleep may come after it. */
	let asked = 0;
	let deadline = 0;
	const timer = createTimer(environment);

	const wait = () => {
		const due = deadline;
		timer(due - environment.now(), () => {
			const now = environment.now();
			const late = now > due + slack;
			if (now < deadline) wait();
			else if (asked < (late ? 2 : 1)) ask(late ? haste : patience);
			else dead();
		});
	};
	const ask = (ms: number) => {
		deadline = environment.now() + ms;
		wait();
		if (asked++ === 0) check();
	};

	asked = 1;
	deadline = environment.now() + patience;
	wait();
	return {
		heard() {
			asked = 0;
			deadline = environment.now() + quiet;
		},
		// One that is still being opened has not been heard of yet, and has its time.
		look: () => asked === 0 && ask(haste),
		stop: timer,
	};
}
