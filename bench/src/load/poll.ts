/** A reader that polls over a kept connection: counts the numbers in each answer, and asks again from where that ended. */
import type { Socket } from "node:net";
import type { PollCursor } from "../peers/peer.ts";
import { headerOf, readAnswer } from "./answer.ts";
import type { Take } from "./connection.ts";
import { numberAt, tailBytes } from "./payload.ts";
import { indexOfMark } from "./sse.ts";
import type { Receiver } from "./websocket.ts";

/** Nothing new in the time that the server lets a poll wait. */
const empty = new Set([204, 304, 408]);

interface Polled {
	readonly bodyAt: number;
	readonly end: number;
	/** What is asked next; undefined where the answer did not move the reader. */
	readonly request: Buffer | undefined;
}

/** What readers of one channel have in common: a herd is answered with the same head, so its next request is made once. */
export class Polls {
	readonly #target: string;
	readonly #port: number;
	readonly #next: PollCursor | undefined;
	readonly first: Buffer;
	#head: Buffer = Buffer.alloc(0);
	#bodyLength = 0;
	#request: Buffer;

	constructor(target: string, port: number, next: PollCursor | undefined) {
		this.#target = target;
		this.#port = port;
		this.#next = next;
		this.first = this.#requestWith([]);
		this.#request = this.first;
	}

	/** The answer at the beginning of the bytes; undefined while it is not whole. */
	take(bytes: Buffer, end: number): Polled | undefined {
		const length = this.#head.length;
		if (length > 0 && end >= length && bytes.compare(this.#head, 0, length, 0, length) === 0) {
			const last = length + this.#bodyLength;
			return last > end ? undefined : { bodyAt: length, end: last, request: this.#request };
		}
		const answer = readAnswer(bytes, 0, end);
		if (answer === undefined) return undefined;
		if (empty.has(answer.status)) return { ...answer, request: undefined };
		if (answer.status !== 200) throw new Error(`answered ${bytes.toString("latin1", 0, answer.end)}`);
		this.#request = this.#requestWith((this.#next?.from ?? []).map((name) => headerOf(answer.head, name)));
		this.#head = Buffer.from(bytes.subarray(0, answer.bodyAt));
		this.#bodyLength = answer.end - answer.bodyAt;
		return { ...answer, request: this.#request };
	}

	#requestWith(values: readonly string[]): Buffer {
		const filled = (template = "") => (values.length === 0 ? "" : template.replace(/\$(\d)/g, (_, i) => values[Number(i)] ?? ""));
		const target = this.#target + filled(this.#next?.target);
		return Buffer.from(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${this.#port}\r\n${filled(this.#next?.head)}\r\n`, "latin1");
	}
}

/** `pause` in milliseconds lies between two short polls; a long poll asks again at once. */
export function readPolls(socket: Socket, receiver: Receiver, polls: Polls, pause: number): Take {
	let request = polls.first;
	return (bytes, end) => {
		const answer = polls.take(bytes, end);
		if (answer === undefined) return 0;
		let at = answer.bodyAt;
		for (;;) {
			const found = indexOfMark(bytes, at, answer.end);
			if (found < 0) break;
			receiver.message(numberAt(bytes, found));
			at = found + tailBytes;
		}
		request = answer.request ?? request;
		if (pause === 0) socket.write(request);
		else setTimeout(() => socket.write(request), pause).unref();
		return answer.end;
	};
}
