/**
 * WHAT IS KEPT. A channel is a log: messages with offsets 1, 2, 3 … without holes, in one epoch, which names one life of the
 * log. This file is the contract of every store; `logKit` in `testing/` is the same contract as a suite.
 */
import type { Cursor, ErrorCode, GapReason, Message } from "@holdfast/protocol";

/** What is asked to be kept. Names have been checked and `data` is JSON text on one line; a store does not look inside. */
export interface Draft {
	readonly channel: string;
	readonly data: string;
	readonly encoding?: "base64";
	readonly event?: string;
	readonly key?: string;
	readonly from?: string;
	/** Kept with the message, and no part of what a repeated idempotency key is compared by: each try has a span of its own. */
	readonly traceparent?: string;
	/** The same key on the same channel within the idempotency window stores once. */
	readonly idempotencyKey?: string;
}

/** Kept; `known` when an earlier append with the same idempotency key had stored it. */
export interface Stored {
	readonly channel: string;
	readonly id: string;
	readonly time: number;
	readonly known: boolean;
}

/** Not kept, and never will be. */
export interface Refused {
	readonly channel: string;
	readonly refused: ErrorCode;
	readonly detail: string;
}

export type Receipt = Stored | Refused;

/** Where a read begins: after a cursor, before the oldest kept, at the head, or before the newest n kept. */
export type Start = Cursor | "first" | "now" | { readonly last: number };

/** How much one read may bring. A single message larger than `bytes` is still brought, alone. */
export interface Limit {
	readonly messages: number;
	/** Of message data, roughly. */
	readonly bytes: number;
}

/** A stretch of one channel, contiguous from `after` to `next` but for what `gap` names. */
export interface LogPage {
	/** Where the read began: the cursor given, or the one that the start stands for. */
	readonly after: Cursor;
	/** Stands before the first message: what lies between `after` and `gap.next` is gone. */
	readonly gap?: { readonly next: Cursor; readonly reason: GapReason };
	readonly messages: readonly Message[];
	/** Where the next read goes on. */
	readonly next: Cursor;
	/** Whether more is kept after `next`. */
	readonly more: boolean;
}

export interface ChannelInfo {
	readonly channel: string;
	/** The newest message's place; offset 0 in a log that never held one. */
	readonly head: Cursor;
	/** The oldest message kept. */
	readonly first: Cursor | null;
	readonly messages: number;
	/** Of message data kept, roughly. */
	readonly bytes: number;
}

export interface ListQuery {
	readonly prefix: string;
	/** Names after this one. */
	readonly after: string;
	readonly limit: number;
}

/** Ends a watch. */
export type Unwatch = () => void;

/**
 * Fresh: what watchers have been told is all there was a moment ago. Stale: the store is away, and more may be kept than is told. It
 * becomes fresh again only when watchers have been told what came meanwhile.
 */
export interface Freshness {
	readonly fresh: boolean;
	/** Calls `changed`, which MUST NOT throw, at each change from now on. */
	watch(changed: (fresh: boolean) => void): Unwatch;
}

/** How much of a channel is kept: the first bound that is reached trims the oldest messages. */
export interface Retention {
	readonly messages: number;
	readonly bytes: number;
	/** Milliseconds. */
	readonly age: number;
}

export interface Log {
	/**
	 * Keeps the drafts in their order, all with one flush; the receipts stand in the same order.
	 *
	 * MUST resolve only when the messages are kept as the store's durability promises, and MUST let no reader or watcher see
	 * them before. MUST answer a repeated idempotency key with the first receipt (`known: true`), and refuse it with
	 * `key_reused` where data, encoding, event or key differ. Two drafts of one call may bear the same key. A draft that is
	 * refused takes no offset.
	 *
	 * @throws HoldfastError `disk_full` or `store_unavailable`: none of the drafts is kept.
	 */
	append(drafts: readonly Draft[]): Promise<readonly Receipt[]>;

	/**
	 * Reads what follows `start`, oldest first.
	 *
	 * MUST tell a gap, before any message, when something after the cursor is gone: `expired` (goes on from the oldest kept),
	 * `reset` when the cursor is of another epoch (from the oldest kept), `unknown` when it is ahead of the head (from the
	 * head), `damaged` for records that cannot be read (after them; a page ends before a damaged record, and the next page
	 * begins with its gap). MUST tell none for what is not gone: a cursor of offset n with message n+1 kept is whole.
	 * A channel never published to is an empty log; reading it stores nothing and its `next` is good for what is published
	 * first.
	 *
	 * @throws HoldfastError `store_unavailable`.
	 */
	read(channel: string, start: Start, limit: Limit): Promise<LogPage>;

	/**
	 * Calls `grown` for everything that is kept from now on, in order, each page beginning where the last one ended, and with
	 * a `reset` gap when the channel is removed. Calls come after the messages can be read and before `append` resolves.
	 * `grown` MUST NOT throw.
	 */
	watch(channel: string, grown: (page: LogPage) => void): Unwatch;

	/** An empty log for a channel never published to. */
	describe(channel: string): Promise<ChannelInfo>;

	/** Channels that hold or have held messages in their present life, by name in byte order. */
	list(query: ListQuery): Promise<{ readonly channels: readonly ChannelInfo[]; readonly more: boolean }>;

	/** Ends this life of the channel's log: its messages are gone and its epoch is a new one, even if nothing is published again. */
	remove(channel: string): Promise<void>;

	/** Of a store that may be away while readers stay; one without it keeps only what is appended here, and a feed of it lags behind nobody. */
	readonly freshness?: Freshness;
	/** Waits for appends under way, then lets go of what the store holds. Later calls throw `store_unavailable`. */
	close(): Promise<void>;
}
