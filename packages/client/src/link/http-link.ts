import { asError, type HoldfastError } from "../error.ts";
import type { Link, Setup, Told } from "../way.ts";
import { ask } from "./request.ts";

/**
 * Makes one request and tells what it brings. Resolves with the milliseconds until the next one; throws when it fails, and when
 * `signal` is aborted.
 */
export type Read = (link: HttpLink, signal: AbortSignal) => Promise<number>;

/**
 * A link over plain requests. The set of channels is part of the request, so a change of it aborts the request and asks
 * anew, from where each channel then stands: nothing is lost and nothing comes twice.
 */
export class HttpLink implements Link {
	readonly setup: Setup;
	readonly told: Told;
	readonly channels = new Set<string>();
	/** Where each channel was to begin when it was last asked for. */
	readonly starts = new Map<string, string>();
	readonly #read: Read;
	#request = new AbortController();
	#cancel: (() => void) | undefined;

	constructor(setup: Setup, told: Told, read: Read) {
		this.setup = setup;
		this.told = told;
		this.#read = read;
		this.check();
	}

	follow(channel: string): void {
		this.channels.add(channel);
		this.check();
	}

	leave(channel: string): void {
		this.channels.delete(channel);
		this.check();
	}

	/** Asks anew, once for all changes of this turn. Not by a timer: those of a page in the background are late. */
	check(): void {
		this.close();
		const { signal } = this.#request;
		void Promise.resolve().then(() => this.#run(signal));
	}

	close(): void {
		this.#cancel?.();
		this.#request.abort();
		this.#request = new AbortController();
	}

	/** `from=<channel>:<start>` for each channel; neither needs escaping. */
	query(channels: Iterable<string> = this.channels): string {
		for (const channel of channels) this.starts.set(channel, this.setup.start(channel));
		return Array.from(channels, (channel) => `from=${channel}:${this.starts.get(channel)}`).join("&");
	}

	async #run(signal: AbortSignal): Promise<void> {
		if (signal.aborted) return;
		// Who follows nothing has nothing to wait for, and is well.
		if (this.channels.size === 0) return this.told.opened();
		try {
			const pause = await this.#read(this, signal);
			if (signal.aborted) return;
			if (pause === 0) this.check();
			else this.#cancel = this.setup.environment.after(pause, () => this.check());
		} catch (cause) {
			if (!signal.aborted) await this.#failed(cause, signal);
		}
	}

	async #failed(cause: unknown, signal: AbortSignal): Promise<void> {
		const error = asError(cause);
		if (!error.passing && (await this.#refuse(error, signal))) this.check();
		else if (!signal.aborted) this.told.lost(error);
	}

	/** A refusal is of the whole set: asks for each channel alone which it is, so that the others go on. */
	async #refuse(whole: HoldfastError, signal: AbortSignal): Promise<boolean> {
		let found = false;
		const refuse = (channel: string, error: HoldfastError) => {
			this.channels.delete(channel);
			this.told.refused(channel, error);
			found = true;
		};
		for (const channel of [...this.channels]) {
			try {
				await ask(this.setup, `/v1/messages?${this.query([channel])}&limit=1`, { signal });
			} catch (cause) {
				if (signal.aborted) return false;
				const error = asError(cause);
				if (!error.passing) refuse(channel, error);
			}
		}
		// Each is well and all are not: there are too many, and the newest is one too much.
		const newest = [...this.channels].at(-1);
		if (!found && newest !== undefined && whole.code === "bad_request") refuse(newest, whole);
		return found;
	}
}
