/** What the four ways of reading have in common. A way connects once and reads; `follow` brings it back. */

export interface Message {
	readonly id: string;
	readonly channel: string;
	readonly data: unknown;
	readonly encoding?: "base64";
	/** Milliseconds since 1970, by the server's clock. */
	readonly time: number;
	readonly event?: string;
	readonly from?: string;
	readonly key?: string;
}

export interface Gap {
	readonly channel: string;
	readonly after: string;
	readonly next: string;
	readonly reason: string;
}

/** One thing that crossed the wire, for the panel and for the counters. */
export interface Crossing {
	readonly direction: "up" | "down";
	readonly text: string;
	/** As far as a page can see them: see `bytes.ts`. */
	readonly bytes: number;
	/** Whether this is an HTTP request of its own; a handshake is one, a frame is not. */
	readonly request?: true;
}

/** What a way tells while it reads. The last cursor told is where the next way goes on, whichever it is. */
export interface Tell {
	/** A place without a message: what an empty answer, the opening or the end of the past gives. */
	cursor(next: string): void;
	message(message: Message): void;
	gap(gap: Gap): void;
	/** The past has been delivered. */
	live(): void;
	crossed(crossing: Crossing): void;
}

/** What to read, and from where: a cursor or one of the beginnings, as the query of the wire spells it. */
export interface Place {
	readonly channel: string;
	readonly start: string;
	/** What a person gave to say who they are. */
	readonly token: string | undefined;
}

/** Why a way ended, in words for a person. */
export interface End {
	readonly why: string;
	/** Whether coming back with the cursor can help. */
	readonly again: boolean;
	/** A person is asked for a token: without one, or with the same, it will not be better. */
	readonly asks?: true;
	/** Milliseconds that the server asked to wait. */
	readonly wait?: number;
}

/** Reads until the connection ends. After `signal` is aborted nothing more is told. */
export type Way = (place: Place, tell: Tell, signal: AbortSignal) => Promise<End>;

/** Rights that were there and are not any more. */
export const forbidden: End = { why: "You may not read this channel any more", again: false };

/** The token was good, and its time is over. */
export const expired: End = { why: "The token has expired: enter a new one", again: false, asks: true };

export const stopped: End = { why: "Stopped", again: false };

export function again(why: string): End {
	return { why, again: true };
}

export function from(cursor: string): string {
	return `after=${cursor}`;
}
