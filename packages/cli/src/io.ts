/** All that a command touches of its process, as arguments, so that tests can drive it. */
import type { Readable, Writable } from "node:stream";

export type StopSignal = "SIGINT" | "SIGTERM";

export interface Io {
	readonly stdin: Readable & { readonly isTTY?: boolean };
	readonly stdout: Writable;
	readonly stderr: Writable & { readonly isTTY?: boolean };
	readonly env: Readonly<Record<string, string | undefined>>;
	/** The first signal that asks the command to stop, or the end of the pipe it writes to. */
	readonly stop: AbortSignal;
	/** Milliseconds since 1970. */
	now(): number;
	/** A number in [0, 1). */
	random(): number;
	/** Resolves after `ms`, or at once when `signal` is aborted. */
	sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export function say(stream: Writable, line: string): void {
	stream.write(`${line}\n`);
}
