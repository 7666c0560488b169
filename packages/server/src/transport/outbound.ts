import type { Writable } from "node:stream";

/** The writing side of a connection: frames go straight to the socket, or the stream of HTTP/2, and only so much may wait there. */
export class Outbound {
	readonly #socket: Writable;
	/** Half of what may be queued: a frame is at most the other half, but for a single larger message. */
	readonly #half: number;
	#waiting: (() => void)[] | undefined;

	constructor(socket: Writable, outboundBytes: number) {
		this.#socket = socket;
		this.#half = outboundBytes / 2;
	}

	get writable(): boolean {
		return this.#socket.writableLength <= this.#half;
	}

	write(bytes: Buffer): boolean {
		const socket = this.#socket;
		if (!socket.writable) return false;
		if (socket.writableLength + bytes.length <= this.#half) {
			socket.write(bytes);
			return true;
		}
		// The callback, not 'drain': that one has a threshold of its own, which differs between versions of Node.
		socket.write(bytes, () => this.#flushed());
		return this.writable;
	}

	drained(resume: () => void): void {
		this.#waiting ??= [];
		this.#waiting.push(resume);
		// Nothing is on its way that could call back: the connection was filled and emptied, or is gone for good.
		if (this.writable && this.#socket.writable) queueMicrotask(() => this.#flushed());
	}

	#flushed(): void {
		while (this.#waiting !== undefined && this.writable && this.#socket.writable) {
			const resume = this.#waiting.shift();
			if (this.#waiting.length === 0) this.#waiting = undefined;
			resume?.();
		}
	}
}
