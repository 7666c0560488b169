import type { Environment } from "./environment.ts";

/** One timer. To set it again, or to nothing, cancels what it was set to. */
export function createTimer(environment: Environment): (ms?: number, run?: () => void) => void {
	let cancel = (): void => undefined;
	return (ms = 0, run) => {
		cancel();
		if (run) cancel = environment.after(ms, run);
	};
}
