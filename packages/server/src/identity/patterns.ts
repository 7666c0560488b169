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
	const name = pieces.join(sub);
	if (!open) return channel === name;
	return channel.length > name.length && channel.startsWith(name) && !channel.startsWith("$");
}
