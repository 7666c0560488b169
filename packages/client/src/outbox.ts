import type { Environment } from "./environment.ts";
import { HoldfastError } from "./error.ts";
import type { Retry } from "./retry.ts";
import type { PublishItem, Stored } from "./way.ts";

export interface Outbox {
	/** Rejects with the HoldfastError that refused it, or `timed_out`, `outbox_full`, `closed`. */
	put(item: PublishItem, timeout: number): Promise<Stored>;
	/** Gives up all that waits. */
	close(error: HoldfastError): void;
}

/**
 * What is to be published, in order for each channel: the next message is sent when the one before is stored, refused or given
 * up. Each has its idempotency key from the first try, so that trying again stores it once. `size`: so many may wait.
 */
export function createOutbox(
	environment: Environment,
	retry: Retry,
	send: (item: PublishItem) => Promise<Stored>,
	size: number,
): Outbox {
	/** The last one of each channel; never rejects. */
	const last = new Map<string, Promise<unknown>>();
	/** Gives up what is waiting. */
	const waiting = new Set<(error: HoldfastError) => void>();

	return {
		put: (item, timeout) =>
			new Promise((resolve, reject) => {
				const { channel } = item;
				if (waiting.size >= size) return reject(new HoldfastError("outbox_full", undefined, { channel }));
				let over = false;
				const end = (error?: HoldfastError) => {
					over = true;
					cancel();
					waiting.delete(end);
					// Where it was stored or refused meanwhile, this says nothing any more.
					reject(error);
					retry.hurry();
				};
				const cancel = environment.after(timeout, () => end(new HoldfastError("timed_out", undefined, { channel })));
				waiting.add(end);
				const done = Promise.resolve(last.get(channel))
					.then(() =>
						retry.run(
							() => send(item),
							() => over,
						),
					)
					.then((stored) => stored && resolve(stored), reject)
					.then(() => {
						end();
						if (waiting.size === 0) last.clear();
					});
				last.set(channel, done);
			}),
		close(error) {
			for (const giveUp of waiting) giveUp(error);
		},
	};
}
