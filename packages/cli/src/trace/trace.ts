/** The wire as it happens, for people who want to see how a transport works. */

/** Takes one line; what was sent begins with `>`, what came with `<`, what the tracer explains with `=`. */
export type Print = (line: string) => void;

const longest = 160;

/** The beginning of `text` on one line; nothing in it can move the cursor of a terminal. */
export function shorten(text: string): string {
	const shown = visible(text.slice(0, longest));
	return text.length > longest ? `${shown}…` : shown;
}

/** Control and direction characters as escapes: what others publish must not steer the terminal that shows it. */
export function visible(text: string): string {
	return text.replace(/[\p{Cc}\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069\uD800-\uDFFF]/gu, (character) => {
		const code = character.charCodeAt(0);
		if (character === "\n") return "\\n";
		if (character === "\r") return "\\r";
		if (character === "\t") return "\\t";
		return `\\u${code.toString(16).padStart(4, "0")}`;
	});
}
