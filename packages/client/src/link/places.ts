import { type Cursor, parseCursor } from "@holdfast/protocol";
import { HoldfastError } from "../error.ts";
import type { Told } from "../way.ts";

/** Tells where a channel begins, as `places` of `$open` and of answers to polls have it. */
export function tellBegun({ begun }: Told): (place: readonly [channel: string, cursor: string]) => void {
	return ([channel, cursor]) => begun(channel, cursorOf(cursor));
}

/** @throws HoldfastError when it is none: then this is no server of ours, or one of a later protocol. */
export function cursorOf(text: string): Cursor {
	const cursor = parseCursor(text);
	if (cursor === undefined) throw new HoldfastError("unreachable", `${text} is no cursor.`);
	return cursor;
}
