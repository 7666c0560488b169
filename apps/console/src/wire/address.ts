/**
 * Addresses, relative to the page, so that it also works below a prefix. Channel names and cursors are made of characters that
 * need no encoding.
 */

export function messagesUrl(channel: string, ...query: string[]): URL {
	const url = new URL(`v1/channels/${channel}/messages`, document.baseURI);
	url.search = query.join("&");
	return url;
}

export function ticketsUrl(): URL {
	return new URL("v1/tickets", document.baseURI);
}

export function socketUrl(channel: string, ...query: string[]): URL {
	const url = messagesUrl(channel, ...query);
	url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
	return url;
}

/** The request target: what stands in the request line. */
export function target(url: URL): string {
	return url.pathname + url.search;
}
