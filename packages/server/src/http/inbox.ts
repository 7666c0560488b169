import type { WebSocket } from "ws";
import type { SocketTransport } from "../transport/socket.ts";

/** What came in is handled one after another; `done` is when its effect has ended, for which the next need not wait. */
export type Work = () => Promise<{ readonly done: Promise<unknown> } | undefined>;

/** So many frames of one peer are under way at once. */
const most = 64;

/** The frames of a peer, in order. A peer that sends faster than it is served, or reads no answers, is not read from. */
export class Inbox {
	readonly #socket: WebSocket;
	readonly #transport: SocketTransport;
	#last: Promise<void> = Promise.resolve();
	#underWay = 0;
	#paused = false;
	#draining = false;

	constructor(socket: WebSocket, transport: SocketTransport) {
		this.#socket = socket;
		this.#transport = transport;
	}

	/** `work` MUST NOT reject. */
	take(work: Work): void {
		this.#underWay++;
		this.#last = this.#last.then(work).then((begun) => {
			if (begun === undefined) this.#finish();
			else void begun.done.finally(() => this.#finish());
		});
		this.#balance();
	}

	#finish(): void {
		this.#underWay--;
		this.#balance();
	}

	#balance(): void {
		const { writable } = this.#transport;
		// Also while it is paused already: the answers to what was under way may have filled the connection since.
		if (!writable && !this.#draining) {
			this.#draining = true;
			this.#transport.drained(() => {
				this.#draining = false;
				this.#balance();
			});
		}
		const pause = !writable || this.#underWay >= (this.#paused ? most / 2 : most);
		if (pause === this.#paused) return;
		this.#paused = pause;
		if (pause) this.#socket.pause();
		else this.#socket.resume();
	}
}
