/** A way in: how a client comes to what it follows. There is one type of them, and whoever uses them cannot tell them apart. */
import type { Cursor, GapReason } from "@holdfast/protocol";
import type { Environment } from "./environment.ts";
import type { HoldfastError } from "./error.ts";
import type { WireMessage } from "./message.ts";

/** Opens a link. It is told of by `told`, never before this returns. */
export type Way = (access: Access, told: Told) => Link;

export type TransportName = "websocket" | "sse" | "long-poll" | "short-poll";

/** One connection, or one request after another: all channels of a client over one way. */
export interface Link {
	/** Follows a channel, and tells `sink` what comes; anew, where it is followed already. */
	follow(channel: string, sink: Sink): void;
	/** From now on nothing is told of the channel. */
	leave(channel: string): void;
	/**
	 * Where it is not there, or gives undefined, publishing goes by POST.
	 *
	 * @throws HoldfastError; `passing` where it is not known to be stored.
	 */
	publish?(item: PublishItem): Promise<Stored> | undefined;
	/** Asks for a sign of life: soon something is `heard`, or the link is dead. */
	check(): void;
	/** Ends it; nothing is told any more. */
	close(): void;
}

/** What it takes to ask the server anything. */
export interface Access {
	/** The server's, without a slash at its end. */
	readonly url: string;
	readonly environment: Environment;
	token(): Promise<string | undefined>;
}

/** What a link tells of itself. */
export interface Told {
	/** The server has answered, over this transport. It may be told again, and by another one. */
	opened(transport: TransportName): void;
	/** A sign of life. */
	heard(): void;
	/** The link will be cut: another one should be opened after `delay` milliseconds. */
	goaway(delay: number): void;
	/** The last word. `error.retryAfter` is for whoever wants to come back. */
	lost(error: HoldfastError): void;
}

/**
 * What a link tells of a channel, in this order: `begun`, then gaps and messages, without anything missing between them, and
 * `live` when the past has been delivered, which may be told again.
 */
export interface Sink {
	/** Where the channel is to begin: a cursor of it, `first`, `now` or `last.<n>`. Asked when the link asks for it. */
	start(): string;
	/** What is told from now on follows `place`, which is where `start` was. */
	begun(place: Cursor): void;
	message(message: WireMessage): void;
	gap(gap: WireGap): void;
	live?(): void;
	/** The channel will never be followed, and the link follows it no more. */
	refuse(error: HoldfastError): void;
}

export interface WireGap {
	readonly channel: string;
	readonly reason: GapReason;
	/** The channel's own cursor after it. */
	readonly place: string;
}

/** What a poll is answered with. */
export interface PollAnswer {
	/** Where each channel begins. */
	readonly places: Readonly<Record<string, string>>;
	readonly messages: readonly WireMessage[];
	readonly gaps?: readonly WireGap[];
	readonly more: boolean;
}

/** As `op:"publish"` and an item of `POST /v1/messages` have it. */
export interface PublishItem {
	readonly channel: string;
	readonly data: unknown;
	readonly encoding?: "base64";
	readonly event?: string;
	readonly key?: string;
	readonly idempotencyKey: string;
}

export interface Stored {
	readonly id: string;
}
