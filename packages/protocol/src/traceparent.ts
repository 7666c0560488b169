/** Where a message stands in a trace: the `traceparent` of W3C Trace Context, as text. */

const shape = /^([0-9a-f]{2})-((?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2})(-.*)?$/;

/**
 * The traceparent that `text` holds, in version 00. Of a later version the part is taken that this one knows. Undefined for
 * what is none, zeros included.
 */
export function readTraceparent(text: string): string | undefined {
	const [, version, known, rest] = shape.exec(text) ?? [];
	if (known === undefined || version === "ff" || (version === "00" && rest !== undefined)) return undefined;
	return `00-${known}`;
}

/** The trace's own part, 32 hexadecimal digits: what is searched for in logs. */
export function traceIdOf(traceparent: string): string {
	return traceparent.slice(3, 35);
}
