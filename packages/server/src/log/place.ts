/** Where a read begins, and whether something is gone before it: the one place where `expired`, `reset` and `unknown` are decided. */
import type { Cursor } from "@holdfast/protocol";
import type { LogPage, Start } from "./log.ts";

/** The messages of one life of a log that are kept: `first` to `head`. With none kept, `first` is `head + 1`. */
export interface Kept {
	readonly epoch: string;
	readonly first: number;
	readonly head: number;
}

export interface Place {
	readonly after: Cursor;
	readonly gap?: NonNullable<LogPage["gap"]>;
	/** What follows this offset comes first. */
	readonly offset: number;
}

export function place(kept: Kept, start: Start): Place {
	const { epoch, first, head } = kept;
	const at = (offset: number): Place => ({ after: { epoch, offset }, offset });
	if (start === "first") return at(first - 1);
	if (start === "now") return at(head);
	if ("last" in start) return at(Math.max(first - 1, head - start.last));
	const gone = (reason: "reset" | "unknown" | "expired", offset: number): Place => ({
		after: start,
		gap: { next: { epoch, offset }, reason },
		offset,
	});
	// Told for an empty log too, and for offset 0: nobody knows any more what the other life held after that cursor.
	if (start.epoch !== epoch) return gone("reset", first - 1);
	if (start.offset > head) return gone("unknown", head);
	if (start.offset < first - 1) return gone("expired", first - 1);
	return at(start.offset);
}
