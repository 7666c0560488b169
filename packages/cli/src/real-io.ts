/** The process as an `Io`. Only the edges, `main.ts` and `child.ts`, import it. */
import { setTimeout } from "node:timers/promises";
import type { Io, StopSignal } from "./io.ts";

export const stopSignals: readonly StopSignal[] = ["SIGINT", "SIGTERM"];

/**
 * Ends the process now, as if it had not listened to the signal: to a shell that is 130 or 143. `process.exit` would wait for threads, and one
 * of lmdb's may be in a transaction that waits for the event loop, which then never ends.
 */
export function endBySignal(signal: StopSignal | "SIGKILL"): void {
	process.removeAllListeners(signal);
	process.kill(process.pid, signal);
}

export function realIo(stop: AbortSignal): Io {
	return {
		stdin: process.stdin,
		stdout: process.stdout,
		stderr: process.stderr,
		env: process.env,
		stop,
		now: Date.now,
		random: Math.random,
		sleep: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => undefined),
	};
}
