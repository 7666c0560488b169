/** A worker's way to the owner of the store: calls that end in time, over a connection that comes back by itself. */
import { connect, type Socket } from "node:net";
import { HoldfastError } from "@holdfast/protocol";
import type { Clock, Timer } from "../../clock.ts";
import type { Answered, CallName, Calls, Grown, Said } from "./calls.ts";
import { openFrames } from "./frames.ts";

/** Milliseconds in which the owner must have answered. */
export const patience = 1500;
/** Milliseconds between two tries to connect. The owner comes back in some hundred. */
const pause = 50;
/** An owner that answers none of these is as good as gone, whatever else waits for a disk that is slow. */
const pings = { interval: 500, patience: 1000 };
/** Calls under way. The data of appends is bounded before they come here (`maxPendingBytes`). */
const most = 10_000;

interface Waiting {
	readonly frame: object;
	readonly answer: (answered: Answered) => void;
	readonly fail: (detail: string) => void;
	/** What was may have been done, whether or not it was answered; what was not waits for the next connection. */
	sent: boolean;
}

export interface DoorParts {
	readonly path: string;
	/** That of the machine: what it says is compared with what the owner reads on its own. */
	readonly clock: Clock;
	/** There is a new connection. */
	met(): void;
	/** The connection is gone, or was none. */
	parted(): void;
	grown(channels: Grown["grown"]): void;
}

export class Door {
	readonly #parts: DoorParts;
	readonly #waiting = new Map<number, Waiting>();
	#last = 0;
	#connection: { readonly socket: Socket; readonly send: (frame: object) => void } | undefined;
	#closed = false;
	#timer: Timer | undefined;

	constructor(parts: DoorParts) {
		this.#parts = parts;
		this.#connect();
	}

	/**
	 * Waits for a connection where there is none.
	 *
	 * @param within - milliseconds; without it the answer may take as long as the connection lasts.
	 * @throws HoldfastError of the owner, `store_unavailable` when it does not answer, `overloaded`.
	 */
	ask<Name extends CallName>(call: Name, asks: Calls[Name]["asks"], within?: number): Promise<Calls[Name]["answers"]> {
		return new Promise((resolve, reject) => {
			if (this.#closed) throw away("the log has been closed");
			if (this.#waiting.size >= most) {
				throw new HoldfastError("overloaded", "Too much waits for the owner of the store.", { retryAfter: 1 });
			}
			const n = ++this.#last;
			const timer = within === undefined ? undefined : this.#parts.clock.after(within, () => waiting.fail("it does not answer"));
			const end = () => {
				timer?.cancel();
				this.#waiting.delete(n);
			};
			const waiting: Waiting = {
				frame: { n, call, asks },
				answer(answered) {
					end();
					if ("error" in answered) reject(errorOf(answered.error));
					else resolve(answered.answers as Calls[Name]["answers"]);
				},
				fail(detail) {
					end();
					reject(away(detail));
				},
				sent: false,
			};
			this.#waiting.set(n, waiting);
			this.#send(waiting);
		});
	}

	get connected(): boolean {
		return this.#connection !== undefined;
	}

	/** Says it if there is a connection. */
	say(said: Said): void {
		this.#connection?.send(said);
	}

	close(): void {
		this.#closed = true;
		this.#timer?.cancel();
		for (const { fail } of this.#waiting.values()) fail("the log has been closed");
		this.#connection?.socket.destroy();
		this.#connection = undefined;
	}

	#send(waiting: Waiting): void {
		if (this.#connection === undefined) return;
		waiting.sent = true;
		this.#connection.send(waiting.frame);
	}

	#connect(): void {
		const socket = connect(this.#parts.path);
		const send = openFrames(socket, this.#parts.clock, (frame) => {
			if (this.#closed) return;
			if ("grown" in (frame as Grown)) this.#parts.grown((frame as Grown).grown);
			else this.#waiting.get((frame as Answered).n)?.answer(frame as Answered);
		});
		socket.on("error", () => undefined);
		socket.once("connect", () => {
			if (this.#closed) return void socket.destroy();
			this.#connection = { socket, send };
			for (const waiting of this.#waiting.values()) this.#send(waiting);
			this.#parts.met();
			this.#pingLater(socket);
		});
		socket.once("close", () => {
			this.#connection = undefined;
			for (const { sent, fail } of this.#waiting.values()) if (sent) fail("it has gone");
			if (this.#closed) return;
			this.#parts.parted();
			this.#timer = this.#parts.clock.after(pause, () => this.#connect());
		});
	}

	#pingLater(socket: Socket): void {
		this.#timer = this.#parts.clock.after(pings.interval, () => {
			if (socket.destroyed) return;
			this.ask("ping", undefined, pings.patience).then(
				() => this.#pingLater(socket),
				() => socket.destroy(),
			);
		});
	}
}

function away(why: string): HoldfastError {
	return new HoldfastError("store_unavailable", `The owner of the store is away: ${why}.`, { retryAfter: 2 });
}

function errorOf({ code, detail, retryAfter }: Extract<Answered, { readonly error: unknown }>["error"]): HoldfastError {
	return new HoldfastError(code, detail, retryAfter === undefined ? {} : { retryAfter });
}
