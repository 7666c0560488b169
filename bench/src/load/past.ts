/** Readers who begin with the oldest message kept and read up to the newest, as fast as they are sent it. */
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
	const begin = performance.now();
	const everybody = new Promise<void>((resolve) => {
		const fail = (text: string) => {
			if (over || faults.length > 3) return;
			faults.push(text);
			resolve();
		};
		const end = setTimeout(resolve, milliseconds);
		const sinkOf = () => {
			let next = first;
			return {
				message(number: number) {
					if (number !== next && number < first + messages) fail(`message ${number - first} came, not ${next - first}`);
					next = number + 1;
					deliveries++;
					if (next === first + messages && ++finished === subscription.readers) resolve();
				},
				lost: (reason: string) => fail(`a reader lost its connection: ${reason}`),
			};
		};
		const connected = subscribe(each(subscription), traffic, sinkOf);
		connected.catch((error) => fail(String(error)));
		void everybody.then(async () => {
			over = true;
			clearTimeout(end);
			for (const socket of await connected.catch(() => [])) socket.destroy();
		});
	});
	await everybody;
	return { deliveries, seconds: (performance.now() - begin) / 1000, finished, bytes: traffic.bytes, faults };
}

/** Each has polls of its own: they stand at different places. */
function each(subscription: Subscription): Subscription[] {
	return Array.from({ length: subscription.readers }, () => ({ ...subscription, readers: 1 }));
}
