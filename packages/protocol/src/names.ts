/** What a channel, an event and a key may be called. */

export const maxNameBytes = 255;

const channelShape = /^\$?[A-Za-z0-9._~:-]{1,255}$/;
const control = /\p{Cc}/u;
const utf8 = new TextEncoder();

/** 1–255 bytes of `A–Z a–z 0–9 . _ ~ : -`, not `.` or `..`; a leading `$` marks the server's own channels. */
export function isChannelName(text: string): boolean {
	return channelShape.test(text) && text.length <= maxNameBytes && text !== "." && text !== "..";
}

/** Channels that only the server publishes to. */
export function isReservedChannel(name: string): boolean {
	return name.startsWith("$");
}

/** An event name: a label that does not begin with `$`, which marks the server's own events. */
export function isEventName(text: string): boolean {
	return isLabel(text) && !text.startsWith("$");
}

/** Keys and idempotency keys: 1–255 bytes of well-formed text without control characters. */
export function isLabel(text: string): boolean {
	// A character takes at least a byte, so long texts are refused before they are encoded.
	return (
		text.length >= 1 &&
		text.length <= maxNameBytes &&
		!control.test(text) &&
		text.isWellFormed() &&
		utf8.encode(text).length <= maxNameBytes
	);
}
