/** What Redis gives of a channel, as a page: which epoch a message is of, and whether something is gone before it. */
import { type Cursor, formatCursor, type Message } from "@holdfast/protocol";
import type { ChannelInfo, LogPage, Start } from "../log.ts";
import { place } from "../place.ts";

type Entry = readonly [id: string, fields: readonly string[]];
/** Epoch, head, first, bytes, past, the offset that was read from, entries. */
type Told = readonly [string, string, string, string, string, string, readonly Entry[]];

export interface Stretch {
	readonly epoch: string;
	readonly head: number;
	readonly first: number;
	readonly bytes: number;
	/** Epochs before this one that kept messages belong to, oldest first, each with the offset of its last message. */
	readonly past: readonly Cursor[];
	readonly from: number;
	readonly entries: readonly Entry[];
}

/** Undefined where nobody has written to the partition yet. */
export function parseStretch(told: unknown): Stretch | undefined {
	if ((told as readonly unknown[]).length === 0) return undefined;
	const [epoch, head, first, bytes, past, from, entries] = told as Told;
	const lives = [...past.matchAll(/(\w+)@(\d+) /g)].map(([, name = "", last]) => ({ epoch: name, offset: Number(last) }));
	return { epoch, head: Number(head), first: Number(first), bytes: Number(bytes), past: lives, from: Number(from), entries };
}

export function pageOf(channel: string, start: Start, stretch: Stretch): LogPage {
	const { epoch, head, past, from, entries } = stretch;
	/** The epoch of a message, and of the place behind it. */
	const at = (offset: number): Cursor => ({ epoch: past.find((life) => offset <= life.offset)?.epoch ?? epoch, offset });
	const messages = entries.map(([id, fields]) => messageOf(channel, at(Number(id.split("-")[0])), fields));
	const { after, gap } = placeAmong(stretch, at, start);
	const reached = messages.at(-1)?.offset ?? from;
	// Where a gap has led into an epoch, its beginning is not the end of the one before.
	const next = messages.length === 0 ? (gap?.next ?? after) : at(reached);
	return {
		after,
		...(gap === undefined ? {} : { gap }),
		messages,
		next,
		more: reached < head || next.epoch !== epoch,
	};
}

function placeAmong({ epoch, head, first, past }: Stretch, at: (offset: number) => Cursor, start: Start) {
	const kept = { epoch, first, head };
	if (start === "now") return place(kept, start);
	if (typeof start === "string" || "last" in start) {
		const { offset } = place(kept, start);
		// What comes first there is no end of what was before.
		return { after: { epoch: at(offset + 1).epoch, offset } };
	}
	const life = past.find((one) => one.epoch === start.epoch);
	if (start.epoch === epoch) {
		const placed = place(kept, start);
		return placed.gap ? { after: start, gap: { ...placed.gap, next: at(placed.gap.next.offset) } } : placed;
	}
	const gone = (reason: "reset" | "expired", next: Cursor) => ({ after: start, gap: { next, reason } });
	if (life === undefined) return gone("reset", at(first - 1));
	if (start.offset < first - 1) return gone("expired", at(first - 1));
	// At its end or beyond: nobody knows what else there was.
	if (start.offset >= life.offset) return gone("reset", { epoch: at(life.offset + 1).epoch, offset: life.offset });
	return { after: start };
}

function messageOf(channel: string, cursor: Cursor, fields: readonly string[]): Message {
	const named = new Map<string, string>();
	for (let i = 0; i < fields.length; i += 2) named.set(fields[i] as string, fields[i + 1] as string);
	const [encoding, event, from, key, traceparent] = ["c", "e", "f", "k", "p"].map((name) => named.get(name));
	return {
		channel,
		id: formatCursor(cursor),
		offset: cursor.offset,
		data: named.get("d") ?? "",
		time: Number(named.get("t")),
		...(encoding === "base64" ? { encoding } : {}),
		...(event === undefined ? {} : { event }),
		...(from === undefined ? {} : { from }),
		...(key === undefined ? {} : { key }),
		...(traceparent === undefined ? {} : { traceparent }),
	};
}

export function infoOf(channel: string, { epoch, head, first, bytes }: Stretch): ChannelInfo {
	const messages = head - first + 1;
	return {
		channel,
		head: { epoch, offset: head },
		first: messages === 0 ? null : { epoch, offset: first },
		messages,
		bytes,
	};
}
