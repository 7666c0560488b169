/** A publisher on a kept connection, with one request under way; what is to be sent meanwhile waits here. */
import type { Socket } from "node:net";
import { readAnswer } from "./answer.ts";
import { open, reading, type Traffic } from "./connection.ts";

const unmeasured: Traffic = { bytes: 0 };

type Answered = (message: number, milliseconds: number) => void;

export class Publisher {
	readonly #port: number;
	readonly #answered: Answered;
	readonly #failed: (reason: string) => void;
	readonly #waiting: { readonly message: number; readonly request: () => Buffer }[] = [];
	#socket: Socket | undefined;
	#underWay = -1;
	#sentAt = 0;
	#ended = false;

	constructor(port: number, answered: Answered, failed: (reason: string) => void) {
		this.#port = port;
		this.#answered = answered;
		this.#failed = failed;
	}

	connect(): Promise<void> {
		return new Promise((resolve) => this.#open().on("connect", resolve));
	}

	/** `request` is asked for when its turn has come. */
	send(message: number, request: () => Buffer): void {
		if (this.#underWay >= 0) this.#waiting.push({ message, request });
		else this.#write(message, request());
	}

	/** Forgets what has not been sent and returns how many these were. */
	drop(): number {
		return this.#waiting.splice(0).length;
	}

	end(): void {
		this.#ended = true;
		this.#socket?.destroy();
	}

	#open(): Socket {
		const socket = open(
			this.#port,
			unmeasured,
			() => (bytes, end) => this.#take(bytes, end),
			(reason) => {
				if (this.#socket === socket) this.#socket = undefined;
				// Servers close connections that were idle for some seconds.
				if (!this.#ended && this.#underWay >= 0) this.#failed(`a publisher lost its connection: ${reason}`);
			},
		);
		this.#socket = socket;
		return socket;
	}

	#write(message: number, request: Buffer): void {
		this.#underWay = message;
		this.#sentAt = performance.now();
		(this.#socket ?? this.#open()).write(request);
	}

	#take(bytes: Buffer, end: number): number {
		const answer = readAnswer(bytes, 0, end);
		if (answer === undefined) return 0;
		// In a batch, which is answered with a list, an item can be refused by itself.
		const list = bytes[answer.bodyAt] === 0x5b ? bytes.toString("latin1", answer.bodyAt, answer.end) : "";
		if (answer.status < 200 || answer.status > 299 || list.includes('"code":')) {
			throw new Error(`a publish was answered ${bytes.toString("latin1", 0, answer.end)}`);
		}
		const message = this.#underWay;
		this.#underWay = -1;
		const next = this.#waiting.shift();
		if (next !== undefined) this.#write(next.message, next.request());
		this.#answered(message, reading.at - this.#sentAt);
		return answer.end;
	}
}
