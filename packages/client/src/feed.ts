import { type Cursor, formatCursor } from "@holdfast/protocol";
import { asError } from "./error.ts";
import { cursorOf } from "./link/cursor.ts";
import type { Reader } from "./reader.ts";
import type { PollAnswer, Sink } from "./way.ts";

/** Where channels come from. */
export interface Source {
	/** Brings a channel; anew, where it is followed already. */
	follow(channel: string, sink: Sink): void;
	/** Brings nothing more of it until it is followed anew, and stays connected for it. */
	hold(channel: string): void;
}

/** What is kept after `start`; undefined when nobody waits for it any more. @throws HoldfastError when it is refused. */
export type ReadPast = (channel: string, start: string, over: () => boolean) => Promise<PollAnswer | undefined>;

/**
 * All readers of one channel, which is followed once for all of them. As in the server, a reader that stands at the feed's
 * place is live and takes what comes; one that is behind reads the log by itself, until it stands there too.
 */
export interface Feed extends Sink {
	add(reader: Reader): void;
	remove(reader: Reader): void;
	/** Finds each reader its place: one has room again. */
	settle(): void;
}

/**
 * `empty`: told when nobody is left. Inside, `place` is that of what came last, undefined while that is not known; who is full is
 * live no more. What comes of another life of the log, without a word of where that begins, is asked for anew.
 */
export function createFeed(channel: string, source: Source, read: ReadPast, empty: () => void): Feed {
	const readers = new Set<Reader>();
	const live = new Set<Reader>();
	const reading = new Set<Reader>();
	let place: Cursor | undefined;

	const follow = () => source.follow(channel, feed);
	/** `known`: has just read the log. Who is ahead of the feed otherwise may stand where the log, shortened, is no more. */
	const settle = (known?: Reader) => {
		for (const reader of readers) {
			if (reader.full || live.has(reader) || reading.has(reader)) continue;
			if (live.size === 0) {
				place = reader.place;
				live.add(reader);
				follow();
			} else if (isWithin(place, reader.place) && (reader === known || isWithin(reader.place, place))) live.add(reader);
			else if (place) void catchUp(reader);
		}
	};

	const catchUp = async (reader: Reader, before = place) => {
		reading.add(reader);
		await readOn(channel, reader, read).catch((cause) => end([reader], cause));
		reading.delete(reader);
		// It has read all, and lacks what the feed had before: the log has turned back, and the feed is to hear of it.
		if (reader.full || place !== before || isWithin(place, reader.place)) settle(reader);
		else follow();
	};

	const give = (to: Cursor, hand: (reader: Reader) => void) => {
		place = to;
		for (const reader of [...live]) {
			hand(reader);
			if (reader.full) retire(reader);
		}
	};

	const retire = (reader: Reader) => {
		// With no reader at all the channel may be another feed's by now.
		if (readers.size > 0 && live.delete(reader) && live.size === 0) source.hold(channel);
		settle();
	};

	/** All at once, so that none of them takes another's place before it is gone too. */
	const remove = (...some: readonly Reader[]) => {
		const gone = some.filter((reader) => readers.delete(reader));
		for (const reader of gone) reader.close();
		gone.forEach(retire);
		if (readers.size === 0 && gone.length > 0) empty();
		return gone;
	};

	const end = (some: Iterable<Reader>, cause: unknown) => {
		for (const reader of remove(...some)) reader.end(asError(cause));
	};

	const feed: Feed = {
		start: () => (place ? formatCursor(place) : ([...live][0]?.start() ?? "now")),
		add(reader) {
			readers.add(reader);
			settle();
		},
		remove,
		settle,
		begun(at) {
			place ??= at;
			for (const reader of live) reader.begin(at);
			// Who is ahead of a new link may stand where the log, shortened, is no more: it is to read.
			for (const reader of live) if (!isWithin(reader.place, place)) live.delete(reader);
			// Another link has gone on or turned back meanwhile.
			if (isWithin(at, place)) settle();
			else follow();
		},
		message(message) {
			const at = cursorOf(message.id);
			if (at.epoch !== place?.epoch) follow();
			else if (at.offset > place.offset) give(at, (reader) => reader.take(message, at));
		},
		gap(gap) {
			const at = cursorOf(gap.place);
			const turned = at.epoch !== place?.epoch || gap.reason === "unknown";
			if (turned || !isWithin(at, place)) give(at, (reader) => reader.miss(gap, at));
			settle();
			// What other links tell is from before.
			if (turned) follow();
		},
		refuse: (error) => end(readers, error),
	};
	return feed;
}

/** To the end of what is kept, unless it takes no more. */
async function readOn(channel: string, reader: Reader, read: ReadPast): Promise<void> {
	for (;;) {
		const answer = await read(channel, reader.start(), () => reader.full);
		if (answer === undefined || reader.full) return;
		const { places, gaps = [], messages, more } = answer;
		reader.begin(cursorOf(places[channel] as string));
		for (const gap of gaps) reader.miss(gap, cursorOf(gap.place));
		for (const message of messages) if (!reader.full) reader.take(message, cursorOf(message.id));
		if (!more) return;
	}
}

/** Whether who stands at `place` has all before `at`. */
function isWithin(at: Cursor | undefined, place: Cursor | undefined): boolean {
	return !!at && at.epoch === place?.epoch && at.offset <= place.offset;
}
