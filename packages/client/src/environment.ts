/** Everything that the client takes from where it runs, in one object: a simulation gives its own. */
import type { Stage } from "./tabs/stage.ts";

/** The part of a WebSocket that is used; the browser's and that of `ws` both have it. */
export interface Socket {
	onmessage: ((event: { readonly data: unknown }) => void) | null;
	onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
	/** `ws` throws where nobody listens. */
	onerror: ((event: unknown) => void) | null;
	send(text: string): void;
	close(): void;
}

/** Where short texts are kept over a reload. */
export interface Store {
	/** May take its time; what is not there is null or undefined. */
	get(key: string): Kept | Promise<Kept>;
	set(key: string, value: string): unknown;
}

/** One that answers at once. */
export interface QuickStore {
	get(key: string): Kept;
	set(key: string, value: string): void;
}

type Kept = string | null | undefined;

/** `change`: the network or the page is not what it was, so look at once. `hide`: the page may be gone any moment. */
export type Hint = "change" | "hide";

/** As a page knows it; to Node's types `cache` is unknown. */
export interface Inquiry extends Omit<RequestInit, "cache"> {
	readonly cache?: "no-store";
}

export interface Environment {
	/** Milliseconds, by a clock that goes on while the machine sleeps. */
	now(): number;
	/** Calls `run` once after `ms`, or later: pages in the background are throttled. Returns what cancels it. */
	after(ms: number, run: () => void): () => void;
	/** A number in [0, 1), as `Math.random` gives. */
	random(): number;
	/** Text that nobody has had before and nobody can guess. */
	unique(): string;
	fetch(url: string, init: Inquiry): Promise<Response>;
	/** Opens a WebSocket. */
	socket(url: string, subprotocol: string): Socket | Promise<Socket>;
	/** Another stage than the browser's. */
	readonly stage?: Stage;
	/** Other stores than the page's. */
	store?(kind: "session" | "local"): QuickStore;
	/** Passes hints on until the function that it returns is called. */
	hints(told: (hint: Hint) => void): () => void;
}

/** What is there only in browsers. */
const place = globalThis as unknown as {
	addEventListener?(type: string, run: () => void, options: { readonly signal: AbortSignal }): void;
	readonly WebSocket: new (url: string, subprotocol: string) => Socket;
	readonly document?: { readonly hidden: boolean };
};

/** A page's or a worker's, or that of Node 22 and later. */
export const webEnvironment: Environment = {
	now: Date.now,
	after(ms, run) {
		const timer = setTimeout(run, ms);
		return () => clearTimeout(timer);
	},
	random: Math.random,
	unique: () => crypto.getRandomValues(new Uint32Array(4)).join("."),
	fetch: (url, init) => fetch(url, init),
	socket: (url, subprotocol) => new place.WebSocket(url, subprotocol),
	hints(told) {
		const listening = new AbortController();
		for (const type of ["online", "offline", "pageshow", "pagehide", "visibilitychange"]) {
			const tell = () => told(type === "pagehide" || (type[0] === "v" && place.document?.hidden) ? "hide" : "change");
			place.addEventListener?.(type, tell, listening);
		}
		return () => listening.abort();
	},
};
