/**
 * Bytes as far as a page can count them: request lines with the headers that the page itself set, answers with the headers it
 * is shown, bodies, events as text, and frames with their header. The headers that the browser adds by itself, and everything
 * below HTTP, are not seen here.
 */

const utf8 = new TextEncoder();

export function textBytes(text: string): number {
	return utf8.encode(text).length;
}

export function requestBytes(method: string, target: string, headers: Readonly<Record<string, string>>, body = ""): number {
	let text = `${method} ${target} HTTP/1.1\r\n`;
	for (const [name, value] of Object.entries(headers)) text += `${name}: ${value}\r\n`;
	return textBytes(text) + 2 + textBytes(body);
}

export function responseBytes(response: Response, body: string): number {
	let text = `HTTP/1.1 ${response.status} ${response.statusText}\r\n`;
	for (const [name, value] of response.headers) text += `${name}: ${value}\r\n`;
	return textBytes(text) + 2 + textBytes(body);
}

/** An unmasked frame, as servers send them. */
export function frameBytes(payload: string): number {
	const length = textBytes(payload);
	return length + (length < 126 ? 2 : length < 65_536 ? 4 : 10);
}
