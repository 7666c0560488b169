/** That a channel has grown, told by pub/sub from node to node. A hint is only a reason to look: one that is lost costs time, and nothing else. */
import { type Clock, systemClock } from "../../clock.ts";
import { asStoreError, inTime, type RedisClient } from "./door.ts";

export interface Hints {
	/** Names this node in its hints. */
	readonly node: string;
	/**
	 * `heard`: what another node said. Resolves when it would be heard.
	 *
	 * @throws HoldfastError `store_unavailable`; it is heard all the same when Redis is there again.
	 */
	join(channel: string, heard: (text: string) => void): Promise<void>;
	leave(channel: string): void;
	/** Listens over another connection: this one hears nothing, or perhaps not everything. Resolves when that one hears, or will. */
	renew(): Promise<void>;
	close(): void;
}

/** Milliseconds for a subscription: a publish on a channel that has just been watched waits for it, and has 2 s in all. */
const patience = 400;

/** Where it could not be done now, it is done with the next connection, or found out by the next probe. */
const later = () => undefined;

/** `open`: a connection that does nothing else. What it misses while it is away is found when heads are compared. */
export function listenForHints(open: () => RedisClient, node: string, clock: Clock = systemClock): Hints {
	const listeners = new Map<string, (text: string) => void>();
	const connect = () => {
		const opened = open();
		opened.on("smessage", (channel, text) => listeners.get(channel)?.(text));
		opened.on("ready", () => {
			for (const channel of listeners.keys()) opened.ssubscribe(channel).catch(later);
		});
		return opened;
	};
	let client = connect();
	return {
		node,
		async join(channel, heard) {
			listeners.set(channel, heard);
			try {
				await inTime(clock, patience, client.ssubscribe(channel));
			} catch (cause) {
				throw asStoreError(cause);
			}
		},
		leave(channel) {
			listeners.delete(channel);
			client.sunsubscribe(channel).catch(later);
		},
		async renew() {
			client.disconnect();
			client = connect();
			const joined = Array.from(listeners.keys(), (channel) => client.ssubscribe(channel));
			await inTime(clock, patience, Promise.allSettled(joined)).catch(later);
		},
		close: () => client.disconnect(),
	};
}
