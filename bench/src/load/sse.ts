/** An SSE reader over a raw socket: looks only for the number at the end of each message's data, chunked or not. */
import { mark, numberAt, tailBytes } from "../payload.ts";
import { endOfHead, type Take } from "./connection.ts";
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
	for (let at = from; at < end; at++) {
		if (bytes[at] !== mark) continue;
		if (last >= 0) stride = at - last;
		return at;
	}
	return -1;
}

export function readStream(receiver: Receiver): Take {
	let open = false;
	return (bytes, end) => {
		let at = 0;
		if (!open) {
			at = endOfHead(bytes, end, 200);
			if (at < 0) return 0;
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
