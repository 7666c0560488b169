import type { GapReason } from "@holdfast/protocol";

/** A message as the wire brings it. */
export interface WireMessage {
	readonly id: string;
	readonly channel: string;
	readonly data: unknown;
	readonly time: number;
	readonly encoding?: "base64";
	readonly event?: string;
	readonly from?: string;
	readonly key?: string;
}

/** A message. Bytes come as a Uint8Array, text as a string, anything else as the JSON value that was published. */
export interface Message<T = unknown> extends Omit<WireMessage, "data" | "encoding"> {
	readonly data: T;
}

/** Messages are gone: what follows the cursor `next` comes first, and nothing between `after` and `next` will. */
export interface Gap {
	readonly channel: string;
	readonly after: string;
	readonly next: string;
	readonly reason: GapReason;
}

export function unwrap({ encoding, ...message }: WireMessage): Message {
	return encoding === undefined
		? message
		: { ...message, data: Uint8Array.from(atob(message.data as string), (character) => character.charCodeAt(0)) };
}

/** Data as the wire takes it: bytes as base64, and anything else as it is. Not by spreading: a large array does not fit the stack. */
export function wrap(data: unknown): { readonly data: unknown; readonly encoding?: "base64" } {
	return data instanceof Uint8Array
		? { data: btoa(data.reduce((text, byte) => text + String.fromCharCode(byte), "")), encoding: "base64" }
		: { data };
}
