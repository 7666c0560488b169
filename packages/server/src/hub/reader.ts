import { closeCodes, type Opening } from "@holdfast/protocol";
import type { Clock, Timer } from "../clock.ts";
import { diagnostics } from "../diagnostics.ts";
import type { Limit, Log, Start } from "../log/log.ts";
import type { Transport } from "../transport/transport.ts";
import type { Reading, ReadScope } from "./catch-up.ts";
import type { Counts, ReaderKind } from "./counts.ts";
import type { Delivery } from "./delivery.ts";
import type { Feed, Follower } from "./feed.ts";
import type { Places } from "./scope.ts";
import type { Turns } from "./turns.ts";

/** A reader as those see it who count and close. */
export interface Followed {
	readonly kind: ReaderKind;
	/** Whether it has a place: from then on nothing that is published can be missed. */
	readonly hasBegun: boolean;
	/** The log is away. */
	stale(): void;
	close(): void;
}

export interface ReaderOptions {
	readonly log: Log;
	readonly read: ReadScope;
	readonly clock: Clock;
	readonly feed: Feed;
	/** How much it reads at once while it is behind, unless it has a limit of its own. */
	readonly limit: Limit;
	readonly stallTimeout: number;
	/** Before it is tried again to read from a log that failed, in milliseconds. */
	readonly retryDelay: number;
	/** Before each page that it reads while it is behind. */
	readonly turns: Turns;
	readonly counts: Counts;
	readonly closed: (reader: Followed) => void;
}

/**
 * A cursor and a transport. Live, it takes what its feed delivers; late, it reads pages from the log until it stands at the
 * head. A transport that is full makes it late: nothing is queued for it.
 */
export class Reader<Frame> implements Follower {
	readonly kind: ReaderKind;
	places: Places = [];
	readonly #transport: Transport<Frame>;
	readonly #options: ReaderOptions;
	readonly #limit: Limit;
	#state: "late" | "waiting" | "joined" | "closed" = "late";
	#toldLive = false;
	#toldStale = false;
	#timer: Timer | undefined;

	constructor(kind: ReaderKind, transport: Transport<Frame>, options: ReaderOptions, limit = options.limit) {
		this.kind = kind;
		this.#transport = transport;
		this.#options = options;
		this.#limit = limit;
	}

	/** As `begin`, where nothing has to be waited for; false: something has. Polls come back with the cursor that they were answered with. */
	beginAtHead(starts: readonly Start[], opened: (opening: Opening) => void): boolean {
		const reading = this.#options.feed.readingAt(starts);
		if (reading === undefined) return false;
		this.#start(reading, opened);
		return true;
	}

	/**
	 * Reads the first page, calls `opened` with the cursor that it begins after, and goes on by itself.
	 *
	 * @throws HoldfastError when the log cannot be read; nothing has been written then.
	 */
	async begin(starts: readonly Start[], opened: (opening: Opening) => void): Promise<void> {
		const { read, feed } = this.#options;
		const reading = feed.readingAt(starts) ?? (await read(feed.scope, starts, this.#limit));
		if (!this.#isClosed) this.#start(reading, opened);
	}

	#start({ after, delivery }: Reading, opened: (opening: Opening) => void): void {
		// Answered at once that the log is away, a poll would be back at once.
		if (this.#transport.fresh === undefined) this.#toldStale = this.#isStale;
		opened(after);
		this.#take(delivery);
		this.catchUp();
	}

	deliver(delivery: Delivery): boolean {
		// Another reader of the same connection may have filled it.
		if (this.#transport.writable && this.#take(delivery)) return true;
		this.#wait();
		return false;
	}

	stale(): void {
		// Who has not begun is told by the failure of its first read.
		if (this.#isClosed || !this.hasBegun) return;
		if (this.#transport.writable) this.#tellFreshness();
		else if (this.#state === "joined") this.#fallBack();
	}

	fresh(): boolean {
		if (!this.#toldStale || (this.#transport.writable && this.#tellFreshness())) return true;
		this.#wait();
		return false;
	}

	catchUp(): void {
		if (this.#isClosed) return;
		this.#state = "late";
		if (this.#transport.writable && this.#join()) return;
		this.#readOn().catch((error: unknown) => {
			diagnostics.fault.tell({ during: "deliver", error });
			this.close();
			this.#transport.end(closeCodes.slow);
		});
	}

	close(): void {
		if (this.#isClosed) return;
		this.#state = "closed";
		this.#timer?.cancel();
		this.#options.feed.leave(this);
		this.#options.closed(this);
	}

	get hasBegun(): boolean {
		return this.places.length > 0;
	}

	get #isClosed(): boolean {
		return this.#state === "closed";
	}

	/**
	 * Reads until it stands at the head. Joining is in the same turn as the last read, so nothing falls between. Before each page others
	 * have their turn: a store that answers at once would let hundreds of readers with much to catch up hold the event loop for seconds.
	 */
	async #readOn(): Promise<void> {
		while (this.#state === "late") {
			if (!this.#transport.writable) this.#wait();
			else if (!this.#join()) {
				const goesOn = await this.#options.turns.take(() => this.#readPage());
				if (!goesOn) return;
			}
		}
	}

	#join(): boolean {
		const joined = this.#options.feed.join(this);
		if (joined === false) return false;
		this.#state = "joined";
		if (joined === "ahead") return true;
		this.places = joined;
		if (!this.#tellLive() || !this.#tellFreshness()) this.#fallBack();
		return true;
	}

	/** It stood at the head, and is full. */
	#fallBack(): void {
		this.#options.feed.leave(this);
		this.#wait();
	}

	/** False: full. */
	#tellLive(): boolean {
		if (this.#toldLive) return true;
		this.#toldLive = true;
		return this.#transport.live?.(this.#next) !== false;
	}

	/** Tells whether the log is away, where that has changed since it was told. False: full. */
	#tellFreshness(): boolean {
		const stale = this.#isStale;
		if (stale === this.#toldStale) return true;
		this.#toldStale = stale;
		return (stale ? this.#transport.stale?.() : this.#transport.fresh?.(this.#next)) !== false;
	}

	get #isStale(): boolean {
		return this.#options.log.freshness?.fresh === false;
	}

	get #next(): string {
		return this.#options.feed.scope.format(this.places);
	}

	/** False: it waits or is closed, and this round of reading is over; when the wait ends, another one begins. */
	async #readPage(): Promise<boolean> {
		if (this.#state !== "late" || !this.#transport.writable) return true;
		const { read, feed } = this.#options;
		let delivery: Delivery;
		try {
			({ delivery } = await read(feed.scope, this.places, this.#limit));
		} catch (error) {
			diagnostics.fault.tell({ during: "read", error });
			this.#pause();
			return false;
		}
		if (this.#state !== "late") return false;
		// While it read, another reader of the connection may have filled it: the page is read again when there is room.
		if (!this.#transport.writable) return true;
		if (!this.#take(delivery)) {
			this.#wait();
			return false;
		}
		return true;
	}

	#take(delivery: Delivery): boolean {
		this.places = delivery.places;
		if (delivery.empty) return true;
		this.#options.counts.took(delivery);
		return this.#transport.write(delivery.frame(this.#transport.form));
	}

	/** Goes on when the transport has room; a transport that makes none for too long is ended. */
	#wait(): void {
		if (this.#isClosed) return;
		this.#state = "waiting";
		if (this.#transport.patient !== true) {
			this.#timer = this.#options.clock.after(this.#options.stallTimeout, () => {
				this.#options.counts.slow[this.kind] += 1;
				diagnostics.slowReader.tell({ channels: this.#options.feed.scope.channels, transport: this.kind });
				this.close();
				this.#transport.end(closeCodes.slow);
			});
		}
		this.#transport.drained(() => {
			this.#timer?.cancel();
			this.catchUp();
		});
	}

	#pause(): void {
		if (this.#state !== "late") return;
		this.#state = "waiting";
		this.#timer = this.#options.clock.after(this.#options.retryDelay, () => this.catchUp());
	}
}
