/** A log whose answers a test holds back, to have something happen in between. */
import { FreshnessState } from "../log/freshness.ts";
import type { Limit, Log, LogPage, Start, Unwatch } from "../log/log.ts";

/** `asked`: the store has not looked yet. `answered`: it has, and the reader has not heard. */
export type Stage = "asked" | "answered";

export interface ReadAsked {
	readonly channel: string;
	readonly start: Start;
	readonly limit: Limit;
}

export interface Hold {
	/** Resolves when the read is held. */
	readonly reached: Promise<void>;
	release(): void;
}

interface Waiting {
	readonly stage: Stage;
	readonly match: (read: ReadAsked) => boolean;
	readonly reached: Latch;
	readonly released: Latch;
}

class Latch {
	open: () => void = () => undefined;
	readonly opened = new Promise<void>((resolve) => {
		this.open = resolve;
	});
}

export class HeldLog implements Log {
	readonly append: Log["append"];
	readonly describe: Log["describe"];
	readonly list: Log["list"];
	readonly remove: Log["remove"];
	readonly close: Log["close"];
	/** How many reads there have been. */
	reads = 0;
	/** How many watch it now. */
	watched = 0;
	/** Whether it is there, as a store elsewhere tells it. */
	readonly freshness = new FreshnessState();
	/** A reader that asks again and again in one turn would keep a test from ever ending: beyond this a read fails. */
	readonly #mostReads = 50_000;
	readonly #log: Log;
	readonly #waiting = new Set<Waiting>();
	#untold: (() => void)[] | undefined;

	constructor(log: Log) {
		this.#log = log;
		this.append = log.append.bind(log);
		this.describe = log.describe.bind(log);
		this.list = log.list.bind(log);
		this.remove = log.remove.bind(log);
		this.close = log.close.bind(log);
	}

	/** Holds the next read that matches. */
	holdRead(stage: Stage, match: (read: ReadAsked) => boolean = () => true): Hold {
		const reached = new Latch();
		const released = new Latch();
		this.#waiting.add({ stage, match, reached, released });
		return { reached: reached.opened, release: released.open };
	}

	/** Watchers are told nothing until the function that it returns is called: what is kept can be read before it is told. */
	holdTold(): () => void {
		this.#untold ??= [];
		return () => {
			const untold = this.#untold ?? [];
			this.#untold = undefined;
			for (const tell of untold) tell();
		};
	}

	async read(channel: string, start: Start, limit: Limit): Promise<LogPage> {
		if (++this.reads > this.#mostReads) throw new Error("This log has been read too often.");
		const read = { channel, start, limit };
		await this.#pass("asked", read);
		const page = await this.#log.read(channel, start, limit);
		await this.#pass("answered", read);
		return page;
	}

	watch(channel: string, grown: (page: LogPage) => void): Unwatch {
		this.watched++;
		const unwatch = this.#log.watch(channel, (page) => {
			if (this.#untold === undefined) grown(page);
			else this.#untold.push(() => grown(page));
		});
		return () => {
			this.watched--;
			unwatch();
		};
	}

	async #pass(stage: Stage, read: ReadAsked): Promise<void> {
		for (const waiting of this.#waiting) {
			if (waiting.stage !== stage || !waiting.match(read)) continue;
			this.#waiting.delete(waiting);
			waiting.reached.open();
			await waiting.released.opened;
			return;
		}
	}
}
