/**
 * Cursors: where a reader stands. Opaque to clients; made of `A–Z a–z 0–9 . _ ~ -` alone, so that they need no encoding
 * in a URL, a header or an entity tag.
 */

/** A place in one channel's log. `offset` counts 1, 2, 3 … without holes in one `epoch`; 0 stands before the first message. */
export interface Cursor {
	readonly epoch: string;
	readonly offset: number;
}

const single = /^([A-Za-z0-9]{1,16})-(0|[1-9][0-9]{0,15})$/;

export function formatCursor(cursor: Cursor): string {
	return `${cursor.epoch}-${cursor.offset}`;
}

/** The cursor that `text` spells, or undefined when it spells none. */
export function parseCursor(text: string): Cursor | undefined {
	const match = single.exec(text);
	if (match === null) return undefined;
	const offset = Number(match[2]);
	return Number.isSafeInteger(offset) ? { epoch: match[1] as string, offset } : undefined;
}

export function sameCursor(a: Cursor, b: Cursor): boolean {
	return a.offset === b.offset && a.epoch === b.epoch;
}
