/** Values on a socket between two processes of ours: four bytes of length, then JSON. */
import type { Socket } from "node:net";
import type { Clock } from "../../clock.ts";

const headBytes = 4;

/** Hands each value that comes to `take`; gives the way to send one. What is sent in one turn leaves in one write. */
export function openFrames(socket: Socket, clock: Clock, take: (value: unknown) => void): (value: unknown) => void {
	let length: number | undefined;
	socket.on("readable", () => {
		for (;;) {
			const size = length ?? headBytes;
			const part = socket.read(size) as Buffer | null;
			// At its end a socket gives what is left of a frame that was torn.
			if (part === null || part.length < size) return;
			if (length === undefined) {
				length = part.readUInt32BE(0);
			} else {
				length = undefined;
				take(JSON.parse(part.toString()));
			}
		}
	});
	return (value) => {
		const body = JSON.stringify(value);
		const frame = Buffer.allocUnsafe(headBytes + Buffer.byteLength(body));
		frame.writeUInt32BE(frame.length - headBytes, 0);
		frame.write(body, headBytes);
		if (socket.writableCorked === 0) {
			socket.cork();
			clock.soon(() => socket.uncork());
		}
		socket.write(frame);
	};
}
