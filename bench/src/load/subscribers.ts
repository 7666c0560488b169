/** Readers by the thousand, over any of the wires that the servers speak. */
import type { Socket } from "node:net";
import { open, type Take } from "./connection.ts";
import { readStream, streamRequest } from "./sse.ts";
import { Tally } from "./tally.ts";
import { type Receiver, readWebSocket, sendText, upgradeRequest } from "./websocket.ts";

export type Wire = "websocket" | "socket.io" | "sse";

export interface Subscription {
	readonly wire: Wire;
	readonly port: number;
	readonly path: string;
	readonly readers: number;
	/** What the server sends once the reader will miss nothing; where it sends nothing of the kind, it is ready when connected. */
	readonly ready?: string | undefined;
}

/** Handshakes under way at once: enough to keep the server busy, below every backlog. */
const connectingAtOnce = 64;

export class Subscribers {
	readonly tally = new Tally();
	readonly #confirm: (completed: number) => void;
	#confirmed = 0;

	/** `confirm` is told how many messages every reader has received, once a read that changed it. */
	constructor(confirm: (completed: number) => void) {
		this.#confirm = confirm;
	}

	/** Resolves when all are ready. */
	async add(subscription: Subscription): Promise<void> {
		let left = subscription.readers;
		const connectOneByOne = async (): Promise<void> => {
			while (left-- > 0) await this.#connect(subscription);
		};
		await Promise.all(Array.from({ length: connectingAtOnce }, connectOneByOne));
	}

	#connect({ wire, port, path, ready }: Subscription): Promise<void> {
		const reader = this.tally.add();
		return new Promise((resolve, reject) => {
			const begin = (socket: Socket): Take => {
				const plain = this.#receiver(reader, ready, resolve);
				const receiver = wire === "socket.io" ? socketIo(socket, plain, resolve) : plain;
				return this.#confirming(wire === "sse" ? readStream(receiver) : readWebSocket(socket, receiver));
			};
			const socket = open(port, begin, (reason) => {
				this.tally.faults.push(`reader ${reader} lost its connection: ${reason}`);
				reject(new Error(reason));
			});
			socket.write(wire === "sse" ? streamRequest(path, port) : upgradeRequest(path, port));
		});
	}

	#receiver(reader: number, ready: string | undefined, resolve: () => void): Receiver {
		let seen = "";
		return {
			message: (number) => this.tally.take(reader, number),
			opened: () => {
				if (ready === undefined) resolve();
			},
			text: (text) => {
				if (ready === undefined || seen.includes(ready)) return;
				seen += text;
				if (seen.includes(ready)) resolve();
			},
		};
	}

	#confirming(take: Take): Take {
		return (bytes, end) => {
			const used = take(bytes, end);
			if (this.tally.completed > this.#confirmed) {
				this.#confirmed = this.tally.completed;
				this.#confirm(this.#confirmed);
			}
			return used;
		};
	}
}

/** Engine.IO's handshake and pings (`0`, `2`, `3`) and Socket.IO's connect (`40`), on the same frames. */
function socketIo(socket: Socket, receiver: Receiver, connected: () => void): Receiver {
	return {
		message: (number) => receiver.message(number),
		opened() {},
		text(text) {
			if (text.startsWith("0")) sendText(socket, "40");
			else if (text === "2") sendText(socket, "3");
			else if (text.startsWith("40")) connected();
			else throw new Error(`an unexpected packet: ${text}`);
		},
	};
}
