/** What tabs and the hub that serves them write to each other: the WebSocket's full form, and a little more. */
import type { TransportName } from "../way.ts";

/** `text`: a frame as a client sends it. Without it the guest comes; with an empty one it goes. */
export interface ToHub {
	readonly from: string;
	readonly text?: string;
}

/**
 * `text`: a frame as a server sends it, or `transport`, by which the hub is connected now; without either the guest must go, and
 * come back after as long as the server asks.
 */
export interface FromHub {
	readonly text?: string;
	readonly transport?: TransportName;
	readonly retryAfter?: number | undefined;
}

/** Who leads; without it, the question. */
export interface ToAll {
	readonly leader?: string;
}

/** Frames that a tab may not have confirmed, which it does with any frame of its own: a frozen one must not be sent all that comes. */
export const room = 128;
