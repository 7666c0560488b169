/**
 * One cursor for a set of channels: `<hash of the names>~<epoch>.<offset>.<offset>~<epoch>.<offset>`, offsets in base 36 and
 * in the order of the sorted names. `~` begins a run of channels that share an epoch, which is nearly always all of them.
 * It never holds a `-`, so no message id can be taken for one.
 */
import type { Cursor } from "./cursor.ts";

/** The longest set cursor that is looked at, in characters. 128 channels with 128 epochs stay below it. */
export const maxSetCursor = 4096;

const shape = /^[0-9a-z]{1,16}(~[A-Za-z0-9]{1,16}(\.[0-9a-z]{1,11})+)+$/;

/** The one order of a set's channels, each once. */
export function channelSet(channels: readonly string[]): string[] {
	return [...new Set(channels)].sort();
}

/** `channels` in the order of `channelSet`, `cursors` in the same order. */
export function formatSetCursor(channels: readonly string[], cursors: readonly Cursor[]): string {
	return formatSetPlaces(hashNames(channels), cursors);
}

/** As `formatSetCursor`, for a caller that keeps the hash of its names. */
export function formatSetPlaces(hash: string, cursors: readonly Cursor[]): string {
	let text = hash;
	let epoch: string | undefined;
	for (const cursor of cursors) {
		if (cursor.epoch !== epoch) {
			epoch = cursor.epoch;
			text += `~${epoch}`;
		}
		text += `.${cursor.offset.toString(36)}`;
	}
	return text;
}

/** The cursors of `channels` (in the order of `channelSet`), or undefined when `text` is no cursor of this very set. */
export function parseSetCursor(text: string, channels: readonly string[]): Cursor[] | undefined {
	if (text.length > maxSetCursor || !shape.test(text)) return undefined;
	const [hash, ...runs] = text.split("~");
	if (hash !== hashNames(channels)) return undefined;
	const cursors: Cursor[] = [];
	for (const run of runs) {
		const [epoch, ...offsets] = run.split(".") as [string, ...string[]];
		for (const digits of offsets) {
			const offset = Number.parseInt(digits, 36);
			if (!Number.isSafeInteger(offset)) return undefined;
			cursors.push({ epoch, offset });
		}
	}
	return cursors.length === channels.length ? cursors : undefined;
}

/** Tells one set from another. A collision can be forged, and harms only the reader who forged it. */
export function hashNames(channels: readonly string[]): string {
	let low = 0x811c9dc5;
	let high = 0x01000193;
	for (const channel of channels) {
		for (let i = 0; i <= channel.length; i++) {
			const code = i < channel.length ? channel.charCodeAt(i) : 0;
			low = Math.imul(low ^ code, 0x01000193);
			high = Math.imul(high ^ (code + i), 0x5bd1e995);
		}
	}
	return (low >>> 0).toString(36) + (high >>> 0).toString(36);
}
