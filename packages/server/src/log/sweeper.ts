/** What ages is swept away by a timer, in slices, between which the event loop handles other things. */
import type { Clock, Timer } from "../clock.ts";

/** Does a bounded piece of one sweep; true while there is more. */
export type Slice = () => boolean | Promise<boolean>;

/** Begins a sweep every `interval` milliseconds until the returned function is called. */
export function sweepEvery(clock: Clock, interval: number, begin: () => Slice, failed: (error: unknown) => void): () => void {
	let ended = false;
	let timer: Timer | undefined;
	const wait = (): void => {
		if (!ended) timer = clock.after(interval, () => step(begin()));
	};
	const step = (slice: Slice): void => {
		if (ended) return;
		Promise.resolve()
			.then(slice)
			.then((more) => (more ? clock.soon(() => step(slice)) : wait()))
			.catch((error: unknown) => {
				failed(error);
				wait();
			});
	};
	wait();
	return () => {
		ended = true;
		timer?.cancel();
	};
}

/** Often enough that nothing outlives its age by more than an eighth, and never more than once a second. */
export function sweepInterval(...ages: readonly number[]): number {
	return Math.min(60_000, Math.max(1000, Math.floor(Math.min(...ages) / 8)));
}
