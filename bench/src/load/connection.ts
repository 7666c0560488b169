/** A raw client socket, read as cheaply as Node can: no streams, no events, one buffer for all. */
import { connect, type Socket } from "node:net";

/** Handles the bytes up to `end` and returns how many it is done with; the rest comes again with what follows. */
export type Take = (bytes: Buffer, end: number) => number;

/** What was read of some sockets. */
export interface Traffic {
	bytes: number;
}

/** When the read that is being handled came: the clock is looked at once a read, whatever it holds. */
export const reading = { at: 0 };

// A read is handled before the next one begins, whatever the socket.
const incoming = Buffer.allocUnsafe(64 * 1024);
const nothing = Buffer.alloc(0);

/** `lost` is called when the connection ends, however it ends, with destroy() from this side too. */
export function open(port: number, traffic: Traffic, reader: (socket: Socket) => Take, lost: (reason: string) => void): Socket {
	let rest: Buffer = nothing;
	const callback = (size: number): boolean => {
		reading.at = performance.now();
		traffic.bytes += size;
		try {
			if (rest.length === 0) {
				const used = take(incoming, size);
				if (used < size) rest = Buffer.from(incoming.subarray(used, size));
			} else {
				const joined = Buffer.concat([rest, incoming.subarray(0, size)]);
				rest = joined.subarray(take(joined, joined.length));
			}
		} catch (error) {
			socket.destroy(error as Error);
		}
		return true;
	};
	const socket = connect({ host: "127.0.0.1", port, noDelay: true, onread: { buffer: incoming, callback } });
	const take = reader(socket);
	socket.on("error", (error) => lost(error.message));
	socket.on("close", () => lost("closed"));
	return socket;
}

const headEnd = Buffer.from("\r\n\r\n");

/** Where the body begins, or -1 while the head is not whole. */
export function endOfHead(bytes: Buffer, begin: number, end: number): number {
	const at = bytes.indexOf(headEnd, begin);
	return at < 0 || at + headEnd.length > end ? -1 : at + headEnd.length;
}

/** @throws Error when the head that ends at `end` has another status. */
export function mustBe(status: number, bytes: Buffer, end: number): void {
	const head = bytes.toString("latin1", 0, end);
	if (!head.slice(0, 12).endsWith(` ${status}`)) throw new Error(`answered ${head}`);
}
