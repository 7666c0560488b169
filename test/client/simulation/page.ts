/** What a client runs in: a page of a browser, with its timers, requests, sockets and stores, that may sleep, hide or be thrown away. */
import type { Environment, Hint, QuickStore, Socket } from "@holdfast/client";
import type { Chance } from "./chance.ts";
import type { Caller, Network, Piece } from "./network.ts";
import type { Room } from "./room.ts";
import type { Inquiry } from "./waits.ts";
import type { World } from "./world.ts";

export interface PageOptions {
	readonly world: World;
	readonly network: Network;
	readonly chance: Chance;
	/** Kept over reloads, and looked at by whoever wants to see what is written. */
	readonly stores: Readonly<Record<"session" | "local", QuickStore>>;
	/** Whether sockets are made in a later turn, as where `ws` is imported. */
	readonly late: boolean;
	readonly heard: PageEvents;
	/** Where the browser's pages share something. */
	readonly stage?: (page: Page) => Seat;
}

/** A stage that learns when the page is gone. */
export interface Seat extends NonNullable<Environment["stage"]> {
	vacate(): void;
}

/** For whoever checks what a client asks for. */
export interface PageEvents {
	asked(what: Inquiry, text: string): void;
	/** The client has read, to its end, an answer that asks it to stay away for so many milliseconds. */
	sentAway(what: Inquiry, text: string, ms: number): void;
}

export class Page implements Environment, Room {
	readonly stage?: Seat;
	readonly #options: PageOptions;
	readonly #timers = new Set<() => void>();
	readonly #requests = new Set<() => void>();
	readonly #sockets = new Set<() => void>();
	readonly #hints = new Set<(hint: Hint) => void>();
	#gone = false;
	#hidden = false;
	#sleepsUntil = 0;
	#names = 0;

	constructor(options: PageOptions) {
		this.#options = options;
		if (options.stage !== undefined) this.stage = options.stage(this);
	}

	get gone(): boolean {
		return this.#gone;
	}

	/** Sockets and requests. */
	get connections(): number {
		return this.#sockets.size + this.#requests.size;
	}

	/** What a client that was closed must not leave behind. */
	get left(): string[] {
		const counts = { timers: this.#timers, requests: this.#requests, sockets: this.#sockets, listeners: this.#hints };
		return Object.entries(counts).flatMap(([name, { size }]) => (size > 0 ? [`${size} ${name}`] : []));
	}

	tell(hint: Hint): void {
		this.#hidden = hint === "hide";
		for (const told of [...this.#hints]) told(hint);
	}

	/** Nothing happens in it for so long, and then all that was due. */
	sleep(ms: number): void {
		this.#sleepsUntil = this.#options.world.now + ms;
	}

	get asleep(): number {
		return Math.max(0, this.#sleepsUntil - this.#options.world.now);
	}

	/** Throws the page away as it is: its connections are closed by the browser, and none of its code runs again. */
	discard(): void {
		this.#gone = true;
		for (const close of [...this.#requests, ...this.#sockets]) close();
		this.stage?.vacate();
	}

	now(): number {
		return this.#options.world.now;
	}

	after(ms: number, run: () => void): () => void {
		if (this.#gone) return () => undefined;
		const { world, chance } = this.#options;
		let cancel = (): void => undefined;
		const end = () => {
			cancel();
			this.#timers.delete(end);
		};
		const fire = () => {
			// On waking, late timers and what has come meanwhile are in no order.
			if (this.asleep > 0) cancel = world.after(this.asleep + chance.between(0, 50), fire);
			else {
				this.#timers.delete(end);
				if (!this.#gone) run();
			}
		};
		// Browsers wake the timers of hidden pages once a second.
		const due = this.#hidden && ms > 0 ? Math.ceil((world.now + ms) / 1000) * 1000 - world.now : ms;
		cancel = world.after(due, fire);
		this.#timers.add(end);
		return end;
	}

	random(): number {
		return this.#options.chance.next();
	}

	unique(): string {
		return `${Math.floor(this.#options.chance.next() * 2 ** 40).toString(36)}.${++this.#names}`;
	}

	store(kind: "session" | "local"): QuickStore {
		const store = this.#options.stores[kind];
		return { get: (key) => store.get(key), set: (key, value) => void (!this.#gone && store.set(key, value)) };
	}

	hints(told: (hint: Hint) => void): () => void {
		this.#hints.add(told);
		return () => this.#hints.delete(told);
	}

	fetch(url: string, { method = "GET", headers, body = null, signal }: RequestInit): Promise<Response> {
		const { world, network, heard } = this.#options;
		const { pathname: path, searchParams: query } = new URL(url);
		const request = { method, path, query, headers: new Headers(headers), body: String(body ?? "") };
		const answer = new Answer();
		if (this.#gone) return answer.response;
		if (signal?.aborted) return Promise.reject(new DOMException("Aborted.", "AbortError"));
		const what = method === "POST" ? "publish" : "read";
		const text = what === "publish" ? request.body : query.toString();
		heard.asked(what, text);
		const end = () => {
			this.#requests.delete(give);
			signal?.removeEventListener("abort", abort);
		};
		let retryAfter = 0;
		const asker = {
			piece: (piece: Piece) => {
				if (this.#gone || !this.#requests.has(give)) return;
				if ("status" in piece) {
					world.trace(() => `  ← ${piece.status} to ${method} ${query}`);
					retryAfter = Number(piece.headers["Retry-After"] ?? 0);
				}
				answer.take(piece);
			},
			closed: (cut: boolean) => {
				if (this.#gone || !this.#requests.delete(give)) return;
				end();
				answer.finish(cut ? new TypeError("fetch failed") : undefined);
				if (retryAfter > 0) heard.sentAway(what, text, retryAfter * 1000);
			},
		};
		const leave = network.request(request, asker, () => this.asleep);
		const give = () => {
			end();
			leave();
		};
		const abort = () => {
			give();
			answer.finish(new DOMException("Aborted.", "AbortError"));
		};
		this.#requests.add(give);
		signal?.addEventListener("abort", abort);
		return answer.response;
	}

	socket(_url: string, _subprotocol: string): Socket | Promise<Socket> {
		if (this.#gone) return new Promise(() => undefined);
		this.#options.heard.asked("socket", "");
		if (!this.#options.late) return this.#socket();
		return new Promise((made) => this.#options.world.after(3, () => !this.#gone && made(this.#socket())));
	}

	#socket(): Socket {
		const { world, network, chance } = this.#options;
		let state: "opening" | "open" | "leaving" | "closed" = "opening";
		const closed = (code: number) => {
			if (state === "closed" || this.#gone) return;
			state = "closed";
			this.#sockets.delete(discard);
			socket.onclose?.({ code, reason: "" });
		};
		const caller: Caller = {
			open: () => {
				if (state === "opening") state = "open";
			},
			text: (data) => {
				// `ws` goes on to tell what comes while it closes.
				if (state === "closed" || this.#gone) return;
				world.trace(() => `  ← ${data}`);
				socket.onmessage?.({ data });
			},
			closed,
		};
		const wire = network.socket(caller, () => this.asleep);
		const discard = () => wire.close();
		this.#sockets.add(discard);
		const socket: Socket = {
			onmessage: null,
			onclose: null,
			onerror: null,
			send(text) {
				if (state === "opening") throw new DOMException("Not open.", "InvalidStateError");
				world.trace(() => `  → ${text}`);
				if (state === "open") wire.send(text);
			},
			close: () => {
				if (state === "closed" || state === "leaving") return;
				state = "leaving";
				wire.close();
				// From here on it is the browser's; it waits for the other side, for a while.
				this.#sockets.delete(discard);
				world.after(chance.between(1, 2000), () => closed(1005));
			},
		};
		return socket;
	}
}

/** As much of a `Response` as the client uses, without the turns of the event loop that a real one takes. */
class Answer {
	readonly response: Promise<Response>;
	#resolve: (response: Response) => void = () => undefined;
	#reject: (error: unknown) => void = () => undefined;
	readonly #pieces: Uint8Array[] = [];
	#ended = false;
	#error: unknown;
	#wake: () => void = () => undefined;

	constructor() {
		this.response = new Promise((resolve, reject) => {
			this.#resolve = resolve;
			this.#reject = reject;
		});
		// Who gave it up does not always look at it again.
		this.response.catch(() => undefined);
	}

	take(piece: Piece): void {
		if ("bytes" in piece) this.#pieces.push(piece.bytes);
		else {
			const { status, headers } = piece;
			const read = () => this.#read();
			const json = () => this.#json();
			const body = { getReader: () => ({ read }) };
			this.#resolve({ ok: status < 300, status, headers: new Headers(headers), body, json } as unknown as Response);
		}
		this.#wake();
	}

	finish(error: unknown): void {
		if (this.#ended) return;
		this.#ended = true;
		this.#error = error;
		this.#reject(error ?? new TypeError("fetch failed"));
		this.#wake();
	}

	async #read(): Promise<{ done: boolean; value?: Uint8Array }> {
		while (this.#pieces.length === 0 && !this.#ended) {
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
		}
		// An error is told at once, and what had come before it is gone.
		if (this.#error !== undefined) throw this.#error;
		const value = this.#pieces.shift();
		return value === undefined ? { done: true } : { done: false, value };
	}

	async #json(): Promise<unknown> {
		const decoder = new TextDecoder();
		let text = "";
		for (let piece = await this.#read(); !piece.done; piece = await this.#read()) {
			text += decoder.decode(piece.value, { stream: true });
		}
		return JSON.parse(text);
	}
}
