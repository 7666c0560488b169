/** What tabs of one browser have in common: how they write to each other, and who may be the only one to do something. */
export interface Stage {
	/** What is sent comes to all others that have opened the same name, in order. */
	open(name: string, told?: (frame: unknown) => void): Post;
	/**
	 * Calls `hold` when nobody else holds this name, and keeps it until its promise has ended, or the page has. Rejects where it
	 * was taken away meanwhile, and where `signal` was aborted before.
	 */
	lock(name: string, hold: () => Promise<void> | void, options: { signal?: AbortSignal; steal?: true }): Promise<void>;
	/** Starts the SharedWorker of this name, where there can be one, and ends when it stands ready. Rejects where there is none. */
	work?(url: string, name: string, wish: unknown): Promise<unknown>;
}

export interface Post {
	send(frame: unknown): void;
	close(): void;
}

interface Place {
	readonly navigator?: {
		readonly onLine?: boolean;
		readonly locks?: { request(name: string, options: object, hold: () => unknown): Promise<void> };
	};
	readonly BroadcastChannel: new (
		name: string,
	) => {
		onmessage: (event: { readonly data: unknown }) => void;
		postMessage(frame: unknown): void;
		close(): void;
	};
	readonly SharedWorker: new (
		url: string,
		options: object,
	) => {
		onerror: (failed: unknown) => void;
		readonly port: { onmessage: (ready: unknown) => void; postMessage(wish: unknown): void };
	};
}

/** Ends when the signal is aborted. */
export function aborted({ signal }: AbortController): Promise<void> {
	return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}

/** Undefined outside browsers, and where the page did not come over a secure connection. */
export function webStage(): Stage | undefined {
	const { navigator, BroadcastChannel, SharedWorker } = globalThis as unknown as Place;
	const { locks, onLine } = navigator ?? {};
	// Node has locks too, and knows of no network.
	if (!locks || onLine === undefined) return undefined;
	return {
		open(name, told) {
			const channel = new BroadcastChannel(name);
			channel.onmessage = ({ data }) => told?.(data);
			return { send: (frame) => channel.postMessage(frame), close: () => channel.close() };
		},
		lock: (name, hold, options) => locks.request(name, options, hold),
		work: (url, name, wish) =>
			new Promise((resolve, reject) => {
				// Throws where there is none, and that rejects.
				const worker = new SharedWorker(url, { type: "module", name });
				worker.onerror = reject;
				worker.port.onmessage = resolve;
				worker.port.postMessage(wish);
			}),
	};
}
