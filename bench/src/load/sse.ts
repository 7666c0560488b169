/** An SSE reader over a raw socket: looks only for the number at the end of each message's data, chunked or not. */
import { endOfHead, mustBe, type Take } from "./connection.ts";
import { mark, numberAt, tailBytes } from "./payload.ts";
import type { Receiver } from "./websocket.ts";

export function streamRequest(path: string, port: number): string {
	return [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, "Accept: text/event-stream", "\r\n"].join("\r\n");
}

// Messages that arrive together lie equally far apart until a number in their framing grows by a digit.
let stride = 1;

/** The next mark at `from` or after it, with its number whole; -1 while there is none. */
function findMark(bytes: Buffer, from: number, last: number, end: number): number {
	const guess = last + stride;
	if (guess >= from && guess < end && bytes[guess] === mark) return guess;
	const at = indexOfMark(bytes, from, end);
	if (at < 0) return -1;
	if (last >= 0) stride = at - last;
	return at;
}

/** A call into native code pays for a long way only; it would also look behind `end`, at what was read before. */
export function indexOfMark(bytes: Buffer, from: number, end: number): number {
	const near = Math.min(end, from + 256);
	for (let at = from; at < near; at++) if (bytes[at] === mark) return at;
	if (near === end) return -1;
	const at = bytes.indexOf(mark, near);
	return at < end ? at : -1;
}

export function readStream(receiver: Receiver): Take {
	let open = false;
	return (bytes, end) => {
		let at = 0;
		if (!open) {
			at = endOfHead(bytes, 0, end);
			if (at < 0) return 0;
			mustBe(200, bytes, at);
			open = true;
			receiver.opened();
		}
		const begin = at;
		let last = -1;
		for (;;) {
			const found = findMark(bytes, at, last, end);
			if (found < 0) {
				if (last < 0 && end > begin) receiver.text(bytes.toString("latin1", begin, end));
				return end;
			}
			if (found + tailBytes > end) return found;
			receiver.message(numberAt(bytes, found));
			last = found;
			at = found + tailBytes;
		}
	};
}
