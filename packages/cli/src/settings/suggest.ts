/** The known name nearest to a mistyped one, or undefined where none is near enough to be meant. */
export function suggest(typed: string, known: readonly string[]): string | undefined {
	let best: string | undefined;
	// More than two letters and two fifths wrong is another word, not a slip.
	let least = Math.max(2, Math.floor(typed.length * 0.4)) + 1;
	for (const name of known) {
		const edits = distance(typed.toLowerCase(), name.toLowerCase());
		if (edits < least) {
			least = edits;
			best = name;
		}
	}
	return best;
}

export function didYouMean(typed: string, known: readonly string[], spell = (name: string) => name): string {
	const name = suggest(typed, known);
	return name === undefined ? "" : ` (did you mean ${spell(name)}?)`;
}

/** Insertions, deletions and replacements from one word to the other; one row of the table at a time. */
function distance(from: string, to: string): number {
	let row = Array.from({ length: to.length + 1 }, (_, i) => i);
	for (let i = 1; i <= from.length; i++) {
		const next = [i];
		for (let j = 1; j <= to.length; j++) {
			const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
			next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
		}
		row = next;
	}
	return row[to.length] ?? 0;
}
