/** Sends bytes at a port and looks at what comes back. */
import { connect, type Socket } from "node:net";
import { ask } from "../support/http.ts";

export interface Shot {
	/** The status of the first answer; undefined where none came in time. */
	readonly status: number | undefined;
	readonly text: string;
}

/** Streams and waits have no end: what is to be seen of them is seen when the server has answered what it is asked after this time. */
const patience = 300;

/** Resolves when there is an answer, when the server ends the connection, or when it has had its time. */
export function shoot(port: number, pieces: readonly Buffer[]): Promise<Shot> {
	return new Promise((resolve) => {
		const socket: Socket = connect(port, "127.0.0.1");
		let text = "";
		const timer = setTimeout(() => ask(`http://127.0.0.1:${port}/livez`).then(end, end), patience);
		const end = () => {
			clearTimeout(timer);
			socket.destroy();
			const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
			resolve({ status: status === undefined ? undefined : Number(status), text });
		};
		socket.on("data", (chunk) => {
			text += chunk.toString("latin1");
			// An upgrade goes on; an answer that is whole, or too long to be looked at, is enough.
			if (!text.startsWith("HTTP/1.1 101") && text.includes("\r\n\r\n")) end();
			else if (text.length > 100_000) end();
		});
		socket.on("error", end).on("close", end);
		for (const piece of pieces) socket.write(piece);
	});
}

const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/** A masked frame, of which anything may be wrong. */
export function frame(payload: Buffer, first = 0x80 | opcodes.text, length = payload.length): Buffer {
	const mask = Buffer.from([1, 2, 3, 4]);
	const head =
		length < 126
			? Buffer.from([first, 0x80 | length])
			: length < 65_536
				? Buffer.from([first, 0x80 | 126, length >> 8, length & 255])
				: Buffer.concat([Buffer.from([first, 0x80 | 127, 0, 0, 0, 0]), Buffer.from(Uint32Array.of(length).buffer).reverse()]);
	return Buffer.concat([head, mask, payload.map((byte, i) => byte ^ (mask[i % 4] as number))]);
}
