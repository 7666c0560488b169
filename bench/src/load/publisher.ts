/** A publisher on a kept connection, with one request under way; what is to be sent meanwhile waits here. */
import type { Socket } from "node:net";
import { readAnswer } from "./answer.ts";
import { open, reading, type Traffic } from "./connection.ts";

const unmeasured: Traffic = { bytes: 0 };

export class Publisher {
	readonly #socket: Socket;
	readonly #answered: (message: number, milliseconds: number) => void;
	readonly #waiting: { readonly message: number; readonly request: () => Buffer }[] = [];
	#underWay = -1;
	#sentAt = 0;
	#ended = false;

	static connect(
		port: number,
		answered: (message: number, milliseconds: number) => void,
		failed: (reason: string) => void,
	): Promise<Publisher> {
		return new Promise((resolve) => {
			const publisher: Publisher = new Publisher(port, answered, failed, () => resolve(publisher));
		});
	}

	private constructor(
		port: number,
		answered: (message: number, milliseconds: number) => void,
		failed: (reason: string) => void,
		connected: () => void,
	) {
		this.#answered = answered;
		const lost = (reason: string) => {
			if (!this.#ended) failed(`a publisher lost its connection: ${reason}`);
		};
		this.#socket = open(port, unmeasured, () => (bytes, end) => this.#take(bytes, end), lost);
		this.#socket.on("connect", connected);
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
		this.#socket.destroy();
	}

	#write(message: number, request: Buffer): void {
		this.#underWay = message;
		this.#sentAt = performance.now();
		this.#socket.write(request);
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
