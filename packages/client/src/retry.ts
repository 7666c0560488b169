import type { Environment } from "./environment.ts";
import type { HoldfastError } from "./error.ts";

const firstRetry = 500;
const longestRetry = 30_000;

export interface Retry {
	/** Tries until it succeeds, fails for good, or is `over`, and then gives undefined. `attempt` throws HoldfastErrors alone. */
	run<T>(attempt: () => Promise<T>, over: () => boolean): Promise<T | undefined>;
	/** There may be a connection again: whoever waits for another try has it now, unless the server asked to wait. */
	hurry(): void;
}

export function createRetry(environment: Environment): Retry {
	/** Each ends a pause, if it may end already. */
	const pauses = new Set<() => void>();

	/** Until when the server has asked to stay away: that is asked of all that is tried here. */
	let until = 0;

	/** As long as the server asks, and `more` milliseconds, unless it is over. */
	const pause = (more: number, over: () => boolean) =>
		new Promise<void>((resolve) => {
			const end = () => {
				cancel();
				pauses.delete(hurry);
				resolve();
			};
			const hurry = () => (over() || environment.now() >= until) && end();
			const cancel = environment.after(Math.max(0, until - environment.now()) + more, end);
			pauses.add(hurry);
		});

	return {
		async run(attempt, over) {
			for (let most = firstRetry; !over(); most = Math.min(longestRetry, most * 2)) {
				try {
					while (environment.now() < until && !over()) await pause(0, over);
					if (!over()) return await attempt();
				} catch (error) {
					const { passing, retryAfter = 0 } = error as HoldfastError;
					if (!passing) throw error;
					until = Math.max(until, environment.now() + retryAfter);
					if (!over()) await pause(environment.random() * (retryAfter || most), over);
				}
			}
			return undefined;
		},
		hurry() {
			for (const hurry of pauses) hurry();
		},
	};
}
