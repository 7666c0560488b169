import type { Environment } from "./environment.ts";
import { asError, HoldfastError } from "./error.ts";
import type { PublishItem, Stored } from "./way.ts";

const firstRetry = 500;
const longestRetry = 30_000;

/**
 * What is to be published, in order for each channel: the next message is sent when the one before is stored, refused or given
 * up. Each has its idempotency key from the first try, so that trying again stores it once.
 */
export class Outbox {
	readonly #environment: Environment;
	readonly #send: (item: PublishItem) => Promise<Stored>;
	readonly #size: number;
	/** The last one of each channel; never rejects. */
	readonly #last = new Map<string, Promise<unknown>>();
	/** Gives up what is waiting. */
	readonly #waiting = new Set<(error: HoldfastError) => void>();
	/** Each ends a pause before another try; it may end early where that is true. */
	readonly #pauses = new Map<() => void, () => boolean>();

	/** `send`: see `Link.publish`. `size`: so many may wait. */
	constructor(environment: Environment, send: (item: PublishItem) => Promise<Stored>, size: number) {
		this.#environment = environment;
		this.#send = send;
		this.#size = size;
	}

	/** Rejects with the HoldfastError that refused it, or `timed_out`, `outbox_full`, `closed`. */
	put(item: PublishItem, timeout: number): Promise<Stored> {
		const { channel } = item;
		return new Promise((resolve, reject) => {
			if (this.#waiting.size >= this.#size) return reject(new HoldfastError("outbox_full", "It is full.", { channel }));
			let over = false;
			const end = () => {
				over = true;
				cancel();
				this.#waiting.delete(giveUp);
			};
			const giveUp = (error: HoldfastError) => {
				end();
				reject(error);
				this.hurry();
			};
			const cancel = this.#environment.after(timeout, () =>
				giveUp(new HoldfastError("timed_out", "It took too long.", { channel })),
			);
			this.#waiting.add(giveUp);
			const done = (this.#last.get(channel) ?? Promise.resolve())
				.then(() => this.#try(item, () => over))
				.then((stored) => stored && resolve(stored), reject)
				.finally(() => {
					end();
					if (this.#last.get(channel) === done) this.#last.delete(channel);
				});
			this.#last.set(channel, done);
		});
	}

	/** There may be a connection again: whoever waits for another try has it now, unless the server asked to wait. */
	hurry(): void {
		for (const [end, mayEnd] of this.#pauses) if (mayEnd()) end();
	}

	/** Gives up all that waits. */
	close(error: HoldfastError): void {
		for (const giveUp of this.#waiting) giveUp(error);
	}

	/** Undefined when it was given up meanwhile. */
	async #try(item: PublishItem, over: () => boolean): Promise<Stored | undefined> {
		for (let most = firstRetry; !over(); most = Math.min(longestRetry, most * 2)) {
			try {
				return await this.#send(item);
			} catch (cause) {
				const error = asError(cause);
				if (!error.passing) throw error;
				if (!over()) await this.#pause(error.retryAfter ?? 0, this.#environment.random() * most, over);
			}
		}
		return undefined;
	}

	/** `least` at any rate, unless it is over. */
	#pause(least: number, more: number, over: () => boolean): Promise<void> {
		const begun = this.#environment.now();
		return new Promise((resolve) => {
			const end = () => {
				cancel();
				this.#pauses.delete(end);
				resolve();
			};
			const cancel = this.#environment.after(least + more, end);
			this.#pauses.set(end, () => over() || this.#environment.now() - begun >= least);
		});
	}
}
