import { type Cursor, parseCursor } from "@holdfast/protocol";
import { HoldfastError } from "../error.ts";

/** @throws HoldfastError when it is none: then this is no server of ours, or one of a later protocol. */
export function cursorOf(text: string): Cursor {
	const cursor = parseCursor(text);
	if (cursor === undefined) throw new HoldfastError(undefined, `${text} is no cursor.`);
	return cursor;
}
