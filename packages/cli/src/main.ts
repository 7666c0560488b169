/** The edge: the only file that knows the process. */
import { setTimeout } from "node:timers/promises";
import type { Io, StopSignal } from "./io.ts";
import { run } from "./program.ts";

const exitOfSignal: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

const stop = new AbortController();
for (const signal of Object.keys(exitOfSignal) as StopSignal[]) {
	process.on(signal, () => {
		// Who asks a second time does not want to wait for an orderly end.
		if (stop.signal.aborted) process.exit(exitOfSignal[signal]);
		stop.abort();
	});
}

for (const stream of [process.stdout, process.stderr]) {
	// Whoever read our output has gone (head, less): there is no one left to work for, and no fault to tell.
	stream.on("error", () => {
		if (stream === process.stdout) stop.abort();
	});
}

const io: Io = {
	stdin: process.stdin,
	stdout: process.stdout,
	stderr: process.stderr,
	env: process.env,
	stop: stop.signal,
	now: Date.now,
	random: Math.random,
	sleep: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => undefined),
};

process.exitCode = await run(process.argv.slice(2), io);
// A standard input that was opened and not read to its end would keep the process waiting.
process.stdin.unref?.();
