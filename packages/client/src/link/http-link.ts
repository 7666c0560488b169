import { asError } from "../error.ts";
import type { Link, Setup, Told } from "../way.ts";
import { ask } from "./request.ts";

/** Asks again and again, or reads one answer without end; returns or throws when that ends, and when `signal` is aborted. */
export type Read = (link: HttpLink, signal: AbortSignal) => Promise<void>;

/**
 * A link over plain requests. The set of channels is part of the request, so a change of it aborts the request and asks
 * anew, from where each channel then stands: nothing is lost and nothing comes twice.
 */
export class HttpLink implements Link {
	readonly setup: Setup;
	readonly told: Told;
	readonly channels = new Set<string>();
	readonly #read: Read;
	#reading: AbortController | undefined;
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

	/** Asks anew, once for all changes of this turn. */
	check(): void {
		this.close();
		this.#cancel = this.setup.environment.after(0, () => void this.#run());
	}

	close(): void {
		this.#cancel?.();
		this.#reading?.abort();
	}

	/** `from=<channel>:<start>` for each channel; neither needs escaping. */
	query(channels: Iterable<string> = this.channels): string {
		return Array.from(channels, (channel) => `from=${channel}:${this.setup.start(channel)}`).join("&");
	}

	async #run(): Promise<void> {
		const reading = new AbortController();
		this.#reading = reading;
		try {
			if (this.channels.size > 0) await this.#read(this, reading.signal);
			// Who follows nothing has nothing to wait for, and is well.
			else this.told.opened();
		} catch (cause) {
			if (!reading.signal.aborted) await this.#failed(cause, reading.signal);
		}
	}

	async #failed(cause: unknown, signal: AbortSignal): Promise<void> {
		const error = asError(cause);
		if (!error.passing && (await this.#refuse(signal))) this.check();
		else if (!signal.aborted) this.told.lost(error);
	}

	/** A refusal is of the whole set: asks for each channel alone which it is, so that the others go on. */
	async #refuse(signal: AbortSignal): Promise<boolean> {
		let found = false;
		for (const channel of [...this.channels]) {
			try {
				await ask(this.setup, `/v1/messages?${this.query([channel])}&limit=1`, { signal });
			} catch (cause) {
				if (signal.aborted) return false;
				const error = asError(cause);
				if (error.passing) continue;
				this.channels.delete(channel);
				this.told.refused(channel, error);
				found = true;
			}
		}
		return found;
	}
}
