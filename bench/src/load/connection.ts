/** A raw client socket, read as cheaply as Node can: no streams, no events, one buffer for all. */
import { connect, type Socket } from "node:net";

/** Handles the bytes up to `end` and returns how many it is done with; the rest comes again with what follows. */
export type Take = (bytes: Buffer, end: number) => number;

// A read is handled before the next one begins, whatever the socket.
const incoming = Buffer.allocUnsafe(64 * 1024);
const nothing = Buffer.alloc(0);

/** `lost` is called when the connection ends, however it ends. */
export function open(port: number, reader: (socket: Socket) => Take, lost: (reason: string) => void): Socket {
	let rest: Buffer = nothing;
	const callback = (size: number): boolean => {
		if (rest.length === 0) {
			const used = take(incoming, size);
			if (used < size) rest = Buffer.from(incoming.subarray(used, size));
		} else {
			const joined = Buffer.concat([rest, incoming.subarray(0, size)]);
			rest = joined.subarray(take(joined, joined.length));
		}
		return true;
	};
	const socket = connect({ host: "127.0.0.1", port, noDelay: true, onread: { buffer: incoming, callback } });
	const take = reader(socket);
	socket.on("error", (error) => lost(error.message));
	socket.on("close", () => lost("closed by the server"));
	return socket;
}

const headEnd = Buffer.from("\r\n\r\n");

/** Where the body begins, or -1 while the head is not whole. @throws Error when the status is another one. */
export function endOfHead(bytes: Buffer, end: number, status: number): number {
	const whole = bytes.subarray(0, end);
	const at = whole.indexOf(headEnd);
	if (at < 0) return -1;
	if (!whole.toString("latin1", 0, 12).endsWith(` ${status}`)) throw new Error(`answered ${whole.toString("latin1")}`);
	return at + headEnd.length;
}
