/**
 * `connect` of `@holdfast/client`, with a switch in the page's header that changes the transport in mid-stream. A change is
 * another client: each subscription goes on there from its own cursor, which is all that a reader is.
 */
import {
	type ConnectionState,
	connect as connectClient,
	type Holdfast,
	type HoldfastError,
	type Message,
	type PublishOptions,
	type Stored,
	type SubscribeOptions,
	type TransportName,
} from "@holdfast/client";
import { showConnection } from "./connection-bar.ts";

export interface Channel<T> {
	/** The next message waits for the promise of the one before, as with the client itself. */
	subscribe(onMessage: (message: Message<T>) => void | Promise<void>, options?: SubscribeOptions): () => void;
	publish(data: T, options?: PublishOptions): Promise<Stored>;
}

export interface Connected {
	channel<T>(name: string): Channel<T>;
	/** Told each state from now on. */
	onState(listener: (state: ConnectionState, reason: HoldfastError | undefined) => void): void;
}

/** `user`: where a cookie says who it is, so that tabs of another user have a connection of their own. */
export function connect(options: { readonly user?: string } = {}): Connected {
	const url = new URL(".", document.baseURI).href;
	/** Each goes on with the client that is given. */
	const moves = new Set<(holdfast: Holdfast) => void>();
	const publishing = new Set<Promise<unknown>>();
	const listeners = new Set<Parameters<Connected["onState"]>[0]>();

	const open = (transport: TransportName | undefined) => {
		const holdfast = connectClient(url, { ...options, ...(transport && { transports: [transport] }) });
		holdfast.on("state", (state, reason) => {
			// One that has been left may still be publishing; how it ends is nothing to the page.
			if (holdfast !== current) return;
			bar.state(state, reason);
			for (const listener of listeners) listener(state, reason);
		});
		holdfast.on("transport", bar.transport);
		holdfast.on("error", bar.fault);
		return holdfast;
	};
	const change = (transport: TransportName | undefined) => {
		const old = current;
		current = open(transport);
		for (const move of moves) move(current);
		// What it is still publishing is not given up.
		void Promise.allSettled(publishing).then(() => old.close());
	};
	const bar = showConnection(change);
	let current = open(bar.chosen);

	return {
		channel: <T>(name: string): Channel<T> => ({
			subscribe(onMessage, where = {}) {
				let start: SubscribeOptions = where;
				let unsubscribe: (() => void) | undefined;
				const onEnd = where.onEnd ?? bar.fault;
				const go = (holdfast: Holdfast) => {
					unsubscribe?.();
					unsubscribe = holdfast.channel<T>(name).subscribe(
						(message) => {
							start = { ...where, last: undefined, after: message.id };
							return onMessage(message);
						},
						// A client that is closed has been left before.
						{ ...start, onEnd: (error) => error.code !== "closed" && onEnd(error) },
					);
				};
				moves.add(go);
				go(current);
				return () => {
					moves.delete(go);
					unsubscribe?.();
				};
			},
			publish(data, how) {
				const stored = current.channel<T>(name).publish(data, how);
				publishing.add(stored);
				return stored.finally(() => publishing.delete(stored));
			},
		}),
		onState: (listener) => void listeners.add(listener),
	};
}
