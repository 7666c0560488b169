/** The token or API key of a person, kept for this tab: it outlives a reload, and is in no address that could be shared. */

const place = "holdfast-token";

/** Why `text` can be no token, or undefined when it may be one. */
export function tokenFault(text: string): string | undefined {
	if (text === "") return "Paste a token or an API key.";
	// What no header can hold would fail before it is sent, as if the server were away.
	return /^[!-~]+$/.test(text) ? undefined : "Only letters, digits and signs of ASCII can be in a token; no spaces.";
}

/** A secret as it is shown: enough to tell it from another, and never more than a quarter of it. */
export function shortened(secret: string): string {
	return `${secret.slice(0, Math.min(8, secret.length >> 2))}…`;
}

export function keptToken(): string | undefined {
	try {
		return sessionStorage.getItem(place) ?? undefined;
	} catch {
		return undefined;
	}
}

/** Where a browser is told to keep nothing, the token is for this view of the page alone. */
export function keepToken(token: string | undefined): void {
	try {
		if (token === undefined) sessionStorage.removeItem(place);
		else sessionStorage.setItem(place, token);
	} catch {}
}
