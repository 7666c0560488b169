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
	leave(channel: string): void;
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

/** `empty`: told when nobody is left. */
export function createFeed(channel: string, source: Source, read: ReadPast, empty: () => void): Feed {
	const readers = new Set<Reader>();
	const live = new Set<Reader>();
	const reading = new Set<Reader>();
	/** Of what came last; undefined while that is not known, and while nobody is live. */
	let place: Cursor | undefined;

	const settle = () => {
		for (const reader of readers) {
			if (reader.full || live.has(reader) || reading.has(reader)) continue;
			if (live.size === 0) {
				place = reader.place;
				live.add(reader);
				source.follow(channel, feed);
			} else if (place === undefined) break;
			else if (isWithin(place, reader.place)) live.add(reader);
			else void catchUp(reader);
		}
	};

	const catchUp = async (reader: Reader) => {
		reading.add(reader);
		const over = () => !readers.has(reader) || reader.full;
		let found = true;
		try {
			for (let more = true; more; ) {
				const answer = await read(channel, reader.start, over);
				if (answer === undefined || over()) break;
				const { places, gaps = [], messages } = answer;
				reader.begin(cursorOf(places[channel] as string));
				for (const gap of gaps) reader.miss(gap, cursorOf(gap.place));
				for (const message of messages) if (!over()) reader.take(message, cursorOf(message.id));
				found = gaps.length + messages.length > 0;
				({ more } = answer);
			}
		} catch (cause) {
			const wanted = readers.has(reader);
			remove(reader);
			if (wanted) reader.end(asError(cause));
		}
		reading.delete(reader);
		// There is nothing between this reader and the feed, and they are apart: the log has turned back, and the feed is to hear of it.
		if (!found && place && live.size > 0 && !isWithin(place, reader.place)) source.follow(channel, feed);
		else settle();
	};

	/** Gives all that are live something, and lets go of those that are full. */
	const give = (to: Cursor, hand: (reader: Reader) => void) => {
		place = to;
		for (const reader of [...live]) {
			hand(reader);
			if (reader.full) retire(reader);
		}
	};

	const retire = (reader: Reader) => {
		if (live.delete(reader) && live.size === 0) source.hold(channel);
		settle();
	};

	const remove = (reader: Reader) => {
		reader.close();
		if (!readers.delete(reader)) return;
		if (readers.size > 0) return retire(reader);
		empty();
		source.leave(channel);
	};

	const feed: Feed = {
		get start() {
			return place ? formatCursor(place) : ([...live][0]?.start ?? "now");
		},
		add(reader) {
			readers.add(reader);
			settle();
		},
		remove,
		settle,
		begun(at) {
			if (place === undefined) {
				place = at;
				for (const reader of live) reader.begin(at);
			}
			settle();
			return isWithin(at, place);
		},
		message(message) {
			const at = cursorOf(message.id);
			// Of another life of the log, and where that begins was not told.
			if (at.epoch !== place?.epoch) source.follow(channel, feed);
			else if (at.offset > place.offset) give(at, (reader) => reader.take(message, at));
		},
		gap(gap) {
			const at = cursorOf(gap.place);
			const turned = at.epoch !== place?.epoch || gap.reason === "unknown";
			if (turned || at.offset > (place as Cursor).offset) give(at, (reader) => reader.miss(gap, at));
			settle();
			return turned;
		},
		refuse(error) {
			const all = [...readers];
			all.forEach(remove);
			for (const reader of all) reader.end(error);
		},
	};
	return feed;
}

/** Whether who stands at `place` has all before `at`. */
function isWithin(at: Cursor, place: Cursor | undefined): boolean {
	return place?.epoch === at.epoch && at.offset <= place.offset;
}
