/** All that is watched here of a log that others write too: who is to be told, and how far each channel has been told. */
import type { Cursor } from "@holdfast/protocol";
import { pagesOf } from "./added.ts";
import type { Draft, Limit, LogPage, Receipt, Start, Unwatch } from "./log.ts";
import { openWatch, type Watch } from "./watch.ts";
import { Watchers } from "./watchers.ts";

export interface WatchesParts {
	/** Begins the hints of a channel. */
	listen(channel: string): Promise<void>;
	/** Ends them. */
	leave(channel: string): void;
	/** Reads past the watches. */
	read(channel: string, start: Start, limit: Limit): Promise<LogPage>;
}

export class Watches {
	readonly #parts: WatchesParts;
	readonly #watchers = new Watchers();
	readonly #watches = new Map<string, Watch>();

	constructor(parts: WatchesParts) {
		this.#parts = parts;
	}

	watch(channel: string, grown: (page: LogPage) => void): Unwatch {
		const unwatch = this.#watchers.watch(channel, grown);
		if (!this.#watches.has(channel)) this.#begin(channel);
		return () => {
			unwatch();
			if (this.#watchers.watched(channel) || !this.#watches.delete(channel)) return;
			this.#parts.leave(channel);
		};
	}

	/** Those that are watched. */
	channels(): MapIterator<string> {
		return this.#watches.keys();
	}

	/** Undefined where nobody watches the channel. */
	get(channel: string): Watch | undefined {
		return this.#watches.get(channel);
	}

	/** Before something is appended: what stands behind where a watch begins must not be taken for that place. */
	async beginAll(channels: Iterable<string>): Promise<void> {
		await Promise.all(Array.from(channels, (channel) => this.#watches.get(channel)?.begin().catch(later)));
	}

	/** This node appended these. Resolves when they have been told. */
	async appended(drafts: readonly Draft[], receipts: readonly Receipt[]): Promise<void> {
		const pages = pagesOf(drafts, receipts);
		await Promise.all(Array.from(pages, ([channel, page]) => this.#watches.get(channel)?.added(page).catch(later)));
	}

	/** The channel may have changed in a way that is not known here. Resolves when what there is has been told. */
	async look(channel: string): Promise<void> {
		await this.#watches.get(channel)?.look().catch(later);
	}

	/** The channel is said to have come to `head`, which may have been told already. */
	hint(channel: string, head: Cursor): void {
		const at = this.#watches.get(channel)?.at;
		if (at === undefined || at.epoch !== head.epoch || at.offset < head.offset) void this.look(channel);
	}

	clear(): void {
		this.#watchers.clear();
		this.#watches.clear();
	}

	#begin(channel: string): void {
		const watch = openWatch(
			() => this.#parts.listen(channel),
			(start, limit) => this.#parts.read(channel, start, limit),
			(page) => this.#watchers.tell(channel, page),
		);
		this.#watches.set(channel, watch);
		watch.begin().catch(later);
	}
}

/** It is tried again with the next hint, append or comparison. */
const later = () => undefined;
