/** WHO READS. The feeds, and the readers at them. It knows no request and no socket. */
import type { Opening } from "@holdfast/protocol";
import type { Clock } from "../clock.ts";
import type { Limit, Log, Start, Unwatch } from "../log/log.ts";
import type { ServerLimits } from "../options.ts";
import type { Transport } from "../transport/transport.ts";
import { type Reading, type ReadScope, sharedReads } from "./catch-up.ts";
import { type ByKind, Counts, type ReaderKind } from "./counts.ts";
import { Feed } from "./feed.ts";
import { type Followed, Reader, type ReaderOptions } from "./reader.ts";
import type { Scope } from "./scope.ts";
import { Turns } from "./turns.ts";

/** Readers written to before the event loop gets its turn: some milliseconds of work. */
const slice = 500;

/** Pages that late readers read before the event loop gets its turn: at most some 64 KiB, or half a millisecond of work. */
const pagesATurn = 2;

/** Before a reader tries again to read from a log that failed, in milliseconds. */
const retryDelay = 1000;

export type ReaderCounts = Readonly<Omit<ByKind, "process">>;

export interface Following<Frame> {
	readonly scope: Scope;
	/** One a channel. */
	readonly starts: readonly Start[];
	readonly kind: ReaderKind;
	readonly transport: Transport<Frame>;
	/** How much the reader reads at once while it is behind; what fits the transport's queue unless it is given. */
	readonly limit?: Limit;
	/** Called once, with the cursor that the reader begins after, before anything is written. */
	readonly opened: (opening: Opening) => void;
}

/** Told of the readers of each channel that are not of this process itself. */
export interface ReaderObserver {
	came(channel: string): void;
	left(channel: string): void;
}

interface Room {
	readonly feed: Feed;
	readonly ready: Promise<void>;
	readonly readers: Set<Followed>;
	/** Shared by its readers: ten thousand copies would weigh more than their cursors. */
	readonly options: ReaderOptions;
}

/** What can go on at once must: a poll that comes back costs a few microseconds, and each promise one of them. */
function beginNow<Frame>(
	room: Room,
	reader: Reader<Frame>,
	starts: readonly Start[],
	opened: (opening: Opening) => void,
): Promise<void> | undefined {
	return reader.beginAtHead(starts, opened) ? undefined : begin(room, reader, starts, opened);
}

/** Apart from `follow`, so that what closes the reader does not keep alive what began it. */
async function begin<Frame>(
	room: Room,
	reader: Reader<Frame>,
	starts: readonly Start[],
	opened: (opening: Opening) => void,
): Promise<void> {
	try {
		await room.ready;
		await reader.begin(starts, opened);
	} catch (error) {
		reader.close();
		throw error;
	}
}

export class Hub {
	readonly counts = new Counts();
	readonly #log: Log;
	readonly #read: ReadScope;
	readonly #clock: Clock;
	readonly #limits: ServerLimits;
	readonly #turns: Turns;
	readonly #rooms = new Map<string, Room>();
	/** For each channel the rooms that it is read in. */
	readonly #byChannel = new Map<string, Set<Room>>();

	readonly #observer: ReaderObserver | undefined;
	readonly #unwatch: Unwatch | undefined;

	constructor(log: Log, clock: Clock, limits: ServerLimits, observer?: ReaderObserver) {
		this.#observer = observer;
		this.#log = log;
		this.#read = sharedReads(log);
		this.#clock = clock;
		this.#limits = limits;
		this.#turns = new Turns(clock, pagesATurn, () => this.counts.readers);
		this.#unwatch = log.freshness?.watch((fresh) => {
			if (fresh) for (const { feed } of this.#rooms.values()) feed.fresh();
			else this.#tellStale([...this.#rooms.values()].flatMap(({ readers }) => [...readers]));
		});
	}

	/**
	 * One page, at once.
	 *
	 * @throws HoldfastError when the log cannot be read.
	 */
	async read(scope: Scope, starts: readonly Start[], limit: Limit): Promise<Reading> {
		const reading = await this.#read(scope, starts, limit);
		this.counts.began.poll += 1;
		this.counts.took(reading.delivery);
		return reading;
	}

	/**
	 * Follows a scope from `starts` on until the reader is closed. The reader can be closed before it has begun. Without `begun` it
	 * has, in this turn.
	 *
	 * @throws HoldfastError (by `begun`) when the log cannot be read; nothing has been written then.
	 */
	follow<Frame>(following: Following<Frame>): { readonly close: () => void; readonly begun: Promise<void> | undefined } {
		const { scope, starts, kind, transport, limit, opened } = following;
		const room = this.#enter(scope);
		const reader = new Reader(kind, transport, room.options, limit);
		room.readers.add(reader);
		this.counts.began[kind] += 1;
		this.counts.present[kind] += 1;
		if (kind !== "process") for (const channel of scope.channels) this.#observer?.came(channel);
		return { close: () => reader.close(), begun: beginNow(room, reader, starts, opened) };
	}

	/** The log may stay longer than those who read it. */
	close(): void {
		this.#unwatch?.();
	}

	/** The readers of a channel at this moment, in sets too; only those that have begun, whom nothing published now can miss. */
	count(channel: string): ReaderCounts {
		const counts = { poll: 0, longPoll: 0, sse: 0, websocket: 0, process: 0 };
		for (const room of this.#byChannel.get(channel) ?? []) {
			for (const { kind, hasBegun } of room.readers) if (hasBegun) counts[kind]++;
		}
		const { process: _, ...told } = counts;
		return told;
	}

	/** Channels that somebody reads. */
	get channels(): number {
		return this.#byChannel.size;
	}

	/** Readers that do not stand at the head of what they read. */
	get late(): number {
		let late = 0;
		for (const { feed, readers } of this.#rooms.values()) late += readers.size - feed.level;
		return late;
	}

	#tellStale(readers: readonly Followed[]): void {
		for (const reader of readers.slice(0, slice)) reader.stale();
		if (readers.length > slice) this.#clock.soon(() => this.#tellStale(readers.slice(slice)));
	}

	/** Half of what a connection may queue: a page that is written while the other half is still on its way. */
	#streamLimit(): Limit {
		return { messages: this.#limits.pageMessages, bytes: Math.min(this.#limits.pageBytes, this.#limits.outboundBytes / 2) };
	}

	#enter(scope: Scope): Room {
		const known = this.#rooms.get(scope.key);
		if (known !== undefined) return known;
		const feed = new Feed(scope, {
			log: this.#log,
			clock: this.#clock,
			deliveryBytes: this.#limits.outboundBytes / 2,
			slice,
		});
		const room: Room = {
			feed,
			ready: feed.start(),
			readers: new Set(),
			options: {
				log: this.#log,
				read: this.#read,
				clock: this.#clock,
				feed,
				limit: this.#streamLimit(),
				stallTimeout: this.#limits.stallTimeout,
				retryDelay,
				turns: this.#turns,
				counts: this.counts,
				closed: (reader) => this.#leave(room, reader),
			},
		};
		// Each reader of the room hears of a failure by its own `begun`.
		room.ready.catch(() => undefined);
		this.#rooms.set(scope.key, room);
		for (const channel of scope.channels) {
			const rooms = this.#byChannel.get(channel) ?? new Set();
			this.#byChannel.set(channel, rooms.add(room));
		}
		return room;
	}

	#leave(room: Room, reader: Followed): void {
		room.readers.delete(reader);
		this.counts.present[reader.kind] -= 1;
		if (reader.kind !== "process") for (const channel of room.feed.scope.channels) this.#observer?.left(channel);
		if (room.readers.size > 0) return;
		room.feed.close();
		const { key, channels } = room.feed.scope;
		if (this.#rooms.get(key) === room) this.#rooms.delete(key);
		for (const channel of channels) {
			const rooms = this.#byChannel.get(channel);
			rooms?.delete(room);
			if (rooms?.size === 0) this.#byChannel.delete(channel);
		}
	}
}
