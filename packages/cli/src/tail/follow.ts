/** Keeps a reader reading: comes back with its cursor whenever a connection ends that may come back. */
import { CommandError } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import type { Reader, Reading } from "../readers/reader.ts";
import { backoff } from "../wire/backoff.ts";
import { Broken, Refused } from "../wire/ending.ts";

/** A connection that lived this long shows that the server is well again. */
const settled = 10_000;

/**
 * Returns when `reading.signal` is aborted. `note` is told why a connection ended and when the next one begins.
 *
 * @throws CommandError when the server refuses for good, or was never there.
 */
export async function follow(
	read: Reader,
	reading: Reading,
	io: Pick<Io, "now" | "random" | "sleep">,
	note: (line: string) => void,
): Promise<void> {
	let { cursor } = reading;
	let failures = 0;
	let reached = false;
	while (!reading.signal.aborted) {
		const began = io.now();
		try {
			await read({
				...reading,
				cursor,
				tell(told) {
					cursor = told.cursor ?? cursor;
					reached = true;
					if (told.kind === "message") failures = 0;
					return reading.tell(told);
				},
			});
			return;
		} catch (error) {
			if (reading.signal.aborted) return;
			if (error instanceof Refused) throw new CommandError("failed", error.message, { cause: error });
			if (!(error instanceof Broken)) throw error;
			reached ||= error.answered;
			if (!reached) throw new CommandError("unreachable", error.message, { cause: error });
			if (io.now() - began >= settled) failures = 0;
			const delay = backoff(failures, io.random(), error.wait);
			failures++;
			note(`${error.message}; back in ${(delay / 1000).toFixed(1)} s`);
			await io.sleep(delay, reading.signal);
		}
	}
}
