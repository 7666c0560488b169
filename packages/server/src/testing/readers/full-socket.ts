/** WebSocket, full form: operations with answers, and a reader for each channel that is followed. */
import { type Gap, subprotocol } from "@holdfast/protocol";
import { WebSocket } from "ws";
import { TestReader, type Where, type WireMessage } from "./reader.ts";
import type { Target, Way } from "./way.ts";

export interface FullFrame {
	readonly op: "hello" | "ok" | "pong" | "message" | "gap" | "live" | "stale" | "fresh" | "goaway" | "error";
	readonly ref?: number;
	readonly channel?: string;
	readonly next?: string;
	readonly id?: string;
	readonly time?: number;
	readonly code?: string;
	readonly delay?: number;
}

interface Asked {
	readonly answer: (frame: FullFrame) => void;
	readonly fail: (error: Error) => void;
}

export class FullClient {
	readonly #socket: WebSocket;
	readonly #readers = new Map<string, TestReader>();
	readonly #asked = new Map<number, Asked>();
	#ref = 0;
	/** Every frame that is neither answer nor message nor gap nor live. */
	readonly others: FullFrame[] = [];

	/** Resolves when the server has said hello. */
	static async connect({ host, port }: Target): Promise<FullClient> {
		const socket = new WebSocket(`ws://${host}:${port}/v1/socket`, subprotocol);
		const client = new FullClient(socket);
		await new Promise<void>((resolve, reject) => {
			socket.once("message", () => resolve());
			socket.once("error", reject);
			socket.once("close", () => reject(new Error("Closed before hello.")));
		});
		return client;
	}

	private constructor(socket: WebSocket) {
		this.#socket = socket;
		socket.on("error", () => undefined);
		socket.on("message", (data) => this.#take(JSON.parse(String(data)) as FullFrame));
		socket.on("close", (code) => {
			const why = code === 1006 ? "lost" : String(code);
			for (const reader of this.#readers.values()) reader.end(why);
			for (const { fail } of this.#asked.values()) fail(new Error(`Closed: ${why}.`));
		});
	}

	/** Sends an operation; resolves with its answer, which may be an error. */
	ask(op: string, fields: object = {}): Promise<FullFrame> {
		return new Promise((answer, fail) => this.#ask(op, fields, { answer, fail }));
	}

	#ask(op: string, fields: object, asked: Asked): void {
		const ref = ++this.#ref;
		this.#asked.set(ref, asked);
		this.#socket.send(JSON.stringify({ op, ref, ...fields }));
	}

	/** Resolves when the server has told where the reader begins. */
	async subscribe({ channels, after, last }: Where, stop?: () => void): Promise<TestReader> {
		const [channel = ""] = channels;
		const where = { channels: [channel], ...(after === undefined ? {} : { after }), ...(last === undefined ? {} : { last }) };
		const reader = new TestReader(where, stop ?? (() => this.#readers.delete(channel)));
		reader.pause = () => this.#socket.pause();
		reader.resume = () => this.#socket.resume();
		this.#readers.set(channel, reader);
		await new Promise<void>((resolve, fail) => {
			// At once: what follows the answer may stand in the same segment.
			const answer = ({ op, code, next = "" }: FullFrame) => {
				if (op !== "ok") return fail(new Error(`Not subscribed to ${channel}: ${code}.`));
				reader.opened(next);
				resolve();
			};
			this.#ask("subscribe", { channel, after, last }, { answer, fail });
		});
		return reader;
	}

	close(): void {
		this.#socket.terminate();
	}

	#take(frame: FullFrame): void {
		const { op, ref, channel = "", next = "" } = frame;
		const reader = this.#readers.get(channel);
		if (op === "message") {
			const { op: _, ...message } = frame as FullFrame & WireMessage;
			reader?.message(message, message.id);
		} else if (op === "gap") {
			const { op: _, ...gap } = frame as FullFrame & Gap;
			reader?.gap(gap);
		} else if (op === "live") reader?.live(next);
		else if (op === "stale") reader?.stale();
		else if (op === "fresh") reader?.fresh(next);
		else if (ref !== undefined) {
			this.#asked.get(ref)?.answer(frame);
			this.#asked.delete(ref);
		} else this.others.push(frame);
	}
}

export const fullSocket: Way = {
	name: "WebSocket full",
	headers: false,
	sets: false,
	stays: true,
	async open(target, where) {
		const client = await FullClient.connect(target);
		return client.subscribe(where, () => client.close());
	},
};
