import { isReservedChannel } from "@holdfast/protocol";

/**
 * Patterns of channel names: a name, in which a `*` at the end stands for any rest of at least one character, and `{sub}` for whoever
 * asks. `*` alone is every channel but the server's own, which begin with `$`.
 */
export interface Pattern {
	/** What stands between one `{sub}` and the next. */
	readonly pieces: readonly string[];
	readonly open: boolean;
}

const subject = "{sub}";

/** @throws Error that says what is wrong, in a sentence that goes on behind the name of where it stands. */
export function parsePattern(text: string): Pattern {
	const open = text.endsWith("*");
	const pieces = (open ? text.slice(0, -1) : text).split(subject);
	const longest = 255;
	if (text === "" || text.length > longest || pieces.some((piece) => !/^[A-Za-z0-9._~:-]*$/.test(piece))) {
		throw new Error(`has the pattern ${JSON.stringify(text)}: a pattern is a channel name, with * at its end alone, and {sub}`);
	}
	return { pieces, open };
}

/** Without a subject, a pattern that names one matches nothing. The subject is text, whatever stands in it. */
export function matches({ pieces, open }: Pattern, channel: string, sub?: string): boolean {
	if (pieces.length > 1 && (sub === undefined || sub === "")) return false;
	// Not by a subject of someone's choosing either.
	if (isReservedChannel(channel)) return false;
	const name = pieces.join(sub);
	return open ? channel.length > name.length && channel.startsWith(name) : channel === name;
}

/** Of the patterns that match, the one that says most of the name; none that names a subject does. */
export function mostSpecific<Entry extends { readonly pattern: Pattern }>(
	entries: readonly Entry[],
	channel: string,
): Entry | undefined {
	let best: Entry | undefined;
	for (const entry of entries) {
		if (matches(entry.pattern, channel) && (best === undefined || weight(entry.pattern) > weight(best.pattern))) best = entry;
	}
	return best;
}

/** A whole name is always longer than what leads to it by a `*`. */
function weight({ pieces }: Pattern): number {
	return pieces.join("").length;
}
