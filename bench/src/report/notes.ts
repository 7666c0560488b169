/** What people wrote about the works, by hand: why a target is missed, what was tried. */

/** A section a work: `## ` and its name, then text. What stands before the first one is about the file itself. */
export function notesOf(markdown: string): ReadonlyMap<string, string> {
	const [, ...sections] = markdown.split(/^## /m);
	return new Map(
		sections.map((section) => {
			const end = section.indexOf("\n");
			return [section.slice(0, end).trim(), section.slice(end).trim()] as const;
		}),
	);
}
