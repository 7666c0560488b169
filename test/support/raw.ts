/** A bare TCP connection, for what no well-behaved client would write. */
import { connect, type Socket } from "node:net";

export interface Raw {
	readonly socket: Socket;
	/** All that has come. */
	readonly text: string;
	/** Resolves when nothing more will come, however the connection ended. */
	readonly ended: Promise<void>;
	write(text: string | Uint8Array): void;
	/** Resolves with all that has come once `pattern` is in it. */
	until(pattern: string | RegExp): Promise<string>;
	close(): void;
}

export async function openRaw(port: number, first: string | Uint8Array = ""): Promise<Raw> {
	const socket = connect(port, "127.0.0.1");
	let text = "";
	let over = false;
	const waiting = new Set<() => void>();
	const wake = () => {
		for (const look of waiting) look();
	};
	socket.on("data", (chunk) => {
		text += chunk.toString("latin1");
		wake();
	});
	// What has come by then is looked at; an error is one way to end.
	socket.on("error", () => undefined);
	const ended = new Promise<void>((resolve) => {
		const end = () => {
			over = true;
			wake();
			resolve();
		};
		socket.once("end", end).once("close", end);
	});
	await new Promise<void>((resolve, reject) => {
		socket.once("connect", resolve).once("error", reject);
	});
	if (first.length > 0) socket.write(first);
	return {
		socket,
		get text() {
			return text;
		},
		ended,
		write: (more) => void socket.write(more),
		until: (pattern) =>
			new Promise((resolve, reject) => {
				const look = () => {
					const found = typeof pattern === "string" ? text.includes(pattern) : pattern.test(text);
					if (!found && !over) return;
					waiting.delete(look);
					if (found) resolve(text);
					else reject(new Error(`The connection ended without ${pattern}: ${JSON.stringify(text.slice(0, 500))}`));
				};
				waiting.add(look);
				look();
			}),
		close: () => socket.destroy(),
	};
}
