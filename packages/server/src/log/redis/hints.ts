/** That a channel has grown, told by pub/sub from node to node. A hint is only a reason to look: one that is lost costs time, and nothing else. */
import { type Cursor, parseCursor } from "@holdfast/protocol";
import type { RedisClient } from "./door.ts";

export interface Hints {
	/** Names this node in its hints. */
	readonly node: string;
	/** `heard`: where the channel stood, as another node told it. Resolves when it would be heard. */
	join(channel: string, heard: (head: Cursor) => void): Promise<void>;
	leave(channel: string): void;
}

/** `client`: a connection that does nothing else. What it misses while it is away is found when heads are compared. */
export function listenForHints(client: RedisClient, node: string): Hints {
	const listeners = new Map<string, (head: Cursor) => void>();
	client.on("smessage", (channel, text) => {
		const [from, place] = text.split(" ");
		const head = parseCursor(place ?? "");
		// What this node appends it tells by itself, and not before it has been answered.
		if (head && from !== node) listeners.get(channel)?.(head);
	});
	return {
		node,
		async join(channel, heard) {
			listeners.set(channel, heard);
			await client.ssubscribe(channel);
		},
		leave(channel) {
			listeners.delete(channel);
			client.sunsubscribe(channel).catch(() => undefined);
		},
	};
}
