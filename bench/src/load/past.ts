/** Readers who begin with the oldest message kept and read up to the newest, as fast as they are sent it. */
import type { Socket } from "node:net";
import type { Traffic } from "./connection.ts";
import { type Subscription, subscribe } from "./subscribers.ts";

export interface CatchUp {
	readonly subscription: Subscription;
	/** The numbers of the messages that are kept: the oldest, and how many follow one another. */
	readonly first: number;
	readonly messages: number;
	/** Ends then, whoever has not caught up. */
	readonly milliseconds: number;
}

export interface CaughtUp {
	readonly deliveries: number;
	readonly seconds: number;
	/** Readers who have everything. */
	readonly finished: number;
	readonly bytes: number;
	readonly faults: readonly string[];
}

export async function catchUp({ subscription, first, messages, milliseconds }: CatchUp): Promise<CaughtUp> {
	const traffic: Traffic = { bytes: 0 };
	const faults: string[] = [];
	let deliveries = 0;
	let finished = 0;
	let over = false;
	const everybody = deferred();
	const fail = (text: string) => {
		if (!over && faults.length < 4) faults.push(text);
		everybody.resolve();
	};
	const sinkOf = () => {
		if (over) throw new Error("nobody more is wanted");
		let next = first;
		return {
			message(number: number) {
				// What is published meanwhile comes after it, and is not looked at.
				if (number !== next && next < first + messages) fail(`message ${number - first} came, not ${next - first}`);
				next = number + 1;
				deliveries++;
				if (next === first + messages && ++finished === subscription.readers) everybody.resolve();
			},
			lost: (reason: string) => fail(`a reader lost its connection: ${reason}`),
		};
	};
	const begin = performance.now();
	const end = setTimeout(everybody.resolve, milliseconds);
	const sockets: Socket[] = [];
	subscribe(each(subscription), traffic, sinkOf, sockets).catch((error) => fail(String(error)));
	await everybody.promise;
	const seconds = (performance.now() - begin) / 1000;
	over = true;
	clearTimeout(end);
	for (const socket of sockets) socket.destroy();
	return { deliveries, seconds, finished, bytes: traffic.bytes, faults };
}

function deferred(): { readonly promise: Promise<void>; resolve(): void } {
	let resolve: () => void = () => {};
	const promise = new Promise<void>((resolved) => {
		resolve = resolved;
	});
	return { promise, resolve };
}

/** Connected is enough: what says that a reader is ready comes behind all that it missed. Each has polls of its own: they stand at different places. */
function each(subscription: Subscription): Subscription[] {
	return Array.from({ length: subscription.readers }, () => ({ ...subscription, ready: undefined, readers: 1 }));
}
