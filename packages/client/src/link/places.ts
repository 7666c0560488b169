import { type Cursor, parseCursor } from "@holdfast/protocol";
import { HoldfastError } from "../error.ts";
import type { Told } from "../way.ts";

/** Where each channel begins, as `$open` and the answers to polls hold it. `starts`: where it was to begin. */
export function tellBegun(told: Told, places: Readonly<Record<string, string>>, starts: ReadonlyMap<string, string>): void {
	for (const [channel, place] of Object.entries(places)) told.begun(channel, cursorOf(place), starts.get(channel) as string);
}

/** @throws HoldfastError when it is none: then this is no server of ours, or one of a later protocol. */
export function cursorOf(text: string): Cursor {
	const cursor = parseCursor(text);
	if (cursor === undefined) throw new HoldfastError("unreachable", `${text} is no cursor.`);
	return cursor;
}
