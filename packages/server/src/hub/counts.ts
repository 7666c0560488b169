import type { GapReason } from "@holdfast/protocol";
import type { Delivery } from "./delivery.ts";

/** What a reader is counted as. */
export type ReaderKind = "poll" | "longPoll" | "sse" | "websocket" | "process";

export type ByKind = Record<ReaderKind, number>;

const ofEachKind = (): ByKind => ({ poll: 0, longPoll: 0, sse: 0, websocket: 0, process: 0 });

/** What a hub has done: plain numbers, since they are counted on the way of each message to each reader. */
export class Counts {
	/** Messages told to readers. */
	deliveries = 0;
	/** Of their data. */
	deliveredBytes = 0;
	readonly gaps: Record<GapReason, number> = { expired: 0, reset: 0, unknown: 0, damaged: 0 };
	/** Readers there have been, those of now, and those that were sent away since they made no progress. */
	readonly began = ofEachKind();
	readonly present = ofEachKind();
	readonly slow = ofEachKind();

	get readers(): number {
		const { poll, longPoll, sse, websocket, process } = this.present;
		return poll + longPoll + sse + websocket + process;
	}

	took({ page, bytes }: Delivery): void {
		this.deliveries += page.messages.length;
		this.deliveredBytes += bytes;
		if (page.gaps.length > 0) for (const { reason } of page.gaps) this.gaps[reason] += 1;
	}
}
