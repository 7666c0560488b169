/** Time and chance as arguments, so that a test or a simulation can drive everything that waits or draws lots. */

export interface Timer {
	cancel(): void;
}

export interface Clock {
	/** Milliseconds since 1970. */
	now(): number;
	/** Calls `run` once after `ms`; a waiting timer does not keep the process alive. */
	after(ms: number, run: () => void): Timer;
	/** Calls `run` when the events at hand have been handled: the end of the tick. */
	soon(run: () => void): void;
}

/** A number in [0, 1), as `Math.random` gives. */
export type Random = () => number;

export const systemClock: Clock = {
	now: () => Date.now(),
	after(ms, run) {
		const timer = setTimeout(run, ms).unref();
		return { cancel: () => clearTimeout(timer) };
	},
	soon: (run) => void setImmediate(run),
};

export const systemRandom: Random = () => Math.random();
