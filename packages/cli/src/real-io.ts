/** The process as an `Io`. Only the edges, `main.ts` and `child.ts`, import it. */
import { setTimeout } from "node:timers/promises";
import type { Io, StopSignal } from "./io.ts";

export const exitOfSignal: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

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
