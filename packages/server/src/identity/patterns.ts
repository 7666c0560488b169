/** Patterns of channel names, in rights, schemas and webhooks alike: `chat`, `chat.*`, `user.{sub}`, `*`. */
import { HoldfastError, isReservedChannel } from "@holdfast/protocol";

export interface Pattern {
	readonly text: string;
	/** What stands around each `{sub}`, in order; the whole name where there is none. */
	readonly pieces: readonly string[];
	/** It ends with `*`, which stands for at least one more character. */
	readonly isPrefix: boolean;
}

const subject = "{sub}";

/**
 * `*` stands at the end alone, for any rest that is not empty; `{sub}` for the subject, anywhere.
 *
 * @throws HoldfastError `bad_request` that says what is wrong: such a pattern would match nothing, in silence.
 */
export function parsePattern(text: string): Pattern {
	const isPrefix = text.endsWith("*");
	const literal = isPrefix ? text.slice(0, -1) : text;
	if (literal.includes("*")) throw refuse(text, "* stands at the end alone, for any rest");
	const pieces = literal.split(subject);
	if (text === "" || !/^\$?[A-Za-z0-9._~:-]*$/.test(pieces.join(""))) {
		throw refuse(text, `a pattern is made of A-Z a-z 0-9 . _ ~ : - with ${subject} for the subject and * at its end`);
	}
	return { text, pieces, isPrefix };
}

/** Without a subject, or with an empty one, a pattern with `{sub}` matches nothing. Whatever a subject holds is text. */
export function matches({ pieces, isPrefix }: Pattern, channel: string, sub = ""): boolean {
	if (pieces.length > 1 && sub === "") return false;
	// Neither `*` nor a subject of someone's choosing leads to the server's own channels: the pattern must say `$` itself.
	if (isReservedChannel(channel) && !pieces[0]?.startsWith("$")) return false;
	const literal = pieces.join(sub);
	return isPrefix ? channel.length > literal.length && channel.startsWith(literal) : channel === literal;
}

/** The one that says most of the name, of those that match. */
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

function refuse(text: string, why: string): HoldfastError {
	return new HoldfastError("bad_request", `${JSON.stringify(text)} is no pattern of channel names: ${why}`);
}
