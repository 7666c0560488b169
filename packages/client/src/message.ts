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
	return encoding === undefined ? message : { ...message, data: bytesOf(message.data as string) };
}

/** Data as the wire takes it: bytes as base64, and anything else as it is. */
export function wrap(data: unknown): { readonly data: unknown; readonly encoding?: "base64" } {
	return data instanceof Uint8Array ? { data: btoa(textOf(data)), encoding: "base64" } : { data };
}

function bytesOf(base64: string): Uint8Array {
	return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** One character a byte. Not by spreading: a large array does not fit the stack. */
function textOf(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
