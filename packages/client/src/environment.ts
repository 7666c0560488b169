/** Everything that the client takes from where it runs, in one object: a simulation gives its own. */

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
	get(key: string): string | null | undefined;
	set(key: string, value: string): void;
}

/** `change`: the network or the page is not what it was, so look at once. `hide`: the page may be gone any moment. */
export type Hint = "change" | "hide";

export interface Environment {
	/** Milliseconds, by a clock that goes on while the machine sleeps. */
	now(): number;
	/** Calls `run` once after `ms`, or later: pages in the background are throttled. Returns what cancels it. */
	after(ms: number, run: () => void): () => void;
	/** A number in [0, 1), as `Math.random` gives. */
	random(): number;
	/** Text that nobody has had before and nobody can guess. */
	unique(): string;
	fetch(url: string, init: RequestInit): Promise<Response>;
	/** Opens a WebSocket. */
	socket(url: string, subprotocol: string): Socket | Promise<Socket>;
	/** Of this tab, or of this browser. It forgets everything where there is none. */
	store(kind: "session" | "local"): Store;
	/** Passes hints on until the function that it returns is called. */
	hints(told: (hint: Hint) => void): () => void;
}

interface Listened {
	addEventListener(type: string, run: () => void): void;
	removeEventListener(type: string, run: () => void): void;
}

interface WebStorage {
	getItem(key: string): string | null;
	setItem(key: string, value: string): void;
}

/** What is there only in browsers, or only in newer versions of Node. */
const place = globalThis as unknown as Partial<Listened> & {
	readonly WebSocket?: new (url: string, subprotocol: string) => Socket;
	readonly localStorage?: WebStorage;
	readonly sessionStorage?: WebStorage;
	readonly document?: Listened & { readonly visibilityState: string };
};

export const realEnvironment: Environment = {
	now: () => Date.now(),
	after(ms, run) {
		const timer = setTimeout(run, ms);
		return () => clearTimeout(timer);
	},
	random: () => Math.random(),
	unique: () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("."),
	fetch: (url, init) => fetch(url, init),
	socket(url, subprotocol) {
		const { WebSocket } = place;
		return WebSocket === undefined ? nodeSocket(url, subprotocol) : new WebSocket(url, subprotocol);
	},
	store: (kind) => ({
		get: (key) => attempt(() => place[`${kind}Storage`]?.getItem(key)),
		set: (key, value) => attempt(() => place[`${kind}Storage`]?.setItem(key, value)),
	}),
	hints(told) {
		const { document } = place;
		const change = () => told("change");
		const hide = () => told("hide");
		const turn = () => (document?.visibilityState === "hidden" ? hide() : change());
		const listeners = [
			[place, "online", change],
			[place, "offline", change],
			[place, "pageshow", change],
			[place, "pagehide", hide],
			[document, "visibilitychange", turn],
		] as const;
		for (const [target, type, run] of listeners) target?.addEventListener?.(type, run);
		return () => {
			for (const [target, type, run] of listeners) target?.removeEventListener?.(type, run);
		};
	},
};

/** A store that is full or forbidden, which it tells by a throw, is no reason to stop. */
function attempt<T>(run: () => T): T | undefined {
	try {
		return run();
	} catch {
		return undefined;
	}
}

/** Node before 22 has no WebSocket of its own. */
async function nodeSocket(url: string, subprotocol: string): Promise<Socket> {
	const { WebSocket } = await import(/* webpackIgnore: true */ /* @vite-ignore */ "ws");
	// A peer that is gone does not answer the closing; the process must not wait for it for long.
	const options = { perMessageDeflate: false, closeTimeout: 1000 };
	return new WebSocket(url, subprotocol, options) as Socket;
}
