/** Readers who come, stay a moment and go, all the time: what they cost is the server's affair, what they read is not counted. */
import type { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { Traffic } from "./connection.ts";
import { type Subscription, subscribe } from "./subscribers.ts";

export interface Visits {
	readonly subscriptions: readonly Subscription[];
	readonly perSecond: number;
	readonly milliseconds: number;
}

/** Returns what ends the visits. */
export function visit({ subscriptions, perSecond, milliseconds }: Visits): () => void {
	const traffic: Traffic = { bytes: 0 };
	let came = 0;
	const come = async () => {
		const subscription = subscriptions[came++ % subscriptions.length] as Subscription;
		const sockets: Socket[] = [];
		await subscribe([{ ...subscription, readers: 1 }], traffic, () => ({ message() {}, lost() {} }), sockets);
		await wait(milliseconds);
		for (const socket of sockets) socket.destroy();
	};
	// Who is turned away came in vain; those who stay see to it that the server is measured.
	const timer = setInterval(() => void come().catch(() => {}), 1000 / perSecond);
	return () => clearInterval(timer);
}
