/** Shows the very bytes that pass a socket, without taking any from those who use it. */
import type { Socket } from "node:net";

export interface Tap {
	sent(bytes: Uint8Array): void;
	received(bytes: Uint8Array): void;
}

/**
 * `push` is where a stream takes in what was read and `write` where it takes what is to be sent: both once for each byte. A
 * `data` listener would set the socket flowing before its user listens, and would see again what is put back after an upgrade.
 */
export function tap(socket: Socket, seen: Tap): void {
	const push = socket.push.bind(socket);
	socket.push = (chunk, encoding) => {
		if (chunk !== null) seen.received(bytesOf(chunk, encoding));
		return push(chunk, encoding);
	};
	const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
	socket.write = (...given: unknown[]) => {
		const [chunk, encoding] = given;
		seen.sent(bytesOf(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : undefined));
		return write(...given);
	};
}

function bytesOf(chunk: unknown, encoding: BufferEncoding | undefined): Uint8Array {
	return typeof chunk === "string" ? Buffer.from(chunk, encoding) : (chunk as Uint8Array);
}
