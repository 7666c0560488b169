/** The edge: with `child.ts` the only one that knows the process. */
import { run } from "./program.ts";
import { endBySignal, realIo, stopSignals } from "./real-io.ts";

const stop = new AbortController();
for (const signal of stopSignals) {
	process.on(signal, () => {
		// Who asks a second time does not want to wait for an orderly end.
		if (stop.signal.aborted) endBySignal(signal);
		else stop.abort();
	});
}

for (const stream of [process.stdout, process.stderr]) {
	// Whoever read our output has gone (head, less): there is no one left to work for, and no fault to tell.
	stream.on("error", () => {
		if (stream === process.stdout) stop.abort();
	});
}

process.exitCode = await run(process.argv.slice(2), realIo(stop.signal));
// A standard input that was opened and not read to its end would keep the process waiting.
process.stdin.unref?.();
