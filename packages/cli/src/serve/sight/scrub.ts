/** Errors are said in the words of whoever threw them, who may have put in what is no business of a log. */

const secrets: readonly (readonly [RegExp, string])[] = [
	// A token of three parts, a key behind its scheme, a cookie, a password in an address, and whatever a query holds.
	[/\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?/g, "[token]"],
	[/\b(bearer|basic)\s+[^\s"',;]+/gi, "$1 [secret]"],
	[/\b(set-cookie|cookie)\s*[:=]\s*[^\n]*/gi, "$1: [secret]"],
	[/(\b[a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/gi, "$1[secret]@"],
	[/\?[^\s"'<>)]+=[^\s"'<>)]*/g, "?[query]"],
	[/\b(token|ticket|password|secret|api[-_]?key)(["']?\s*[:=]\s*["']?)[^\s"',;&]+/gi, "$1$2[secret]"],
];

/** Control characters are shown as escapes, so that no error makes a second line. */
export function scrub(text: string): string {
	return secrets.reduce((scrubbed, [secret, instead]) => scrubbed.replace(secret, instead), text);
}
