/** What reading by each transport has cost so far, and how late its messages came. */
import type { TransportName } from "./settings.ts";
import type { Crossing } from "./wire/way.ts";

export type Account = TransportName | "publish";

const samples = 50;

export class Cost {
	requests = 0;
	up = 0;
	down = 0;
	messages = 0;
	readonly #latencies: number[] = [];

	add(crossing: Crossing): void {
		this[crossing.direction] += crossing.bytes;
		if (crossing.request) this.requests += 1;
	}

	/** Only of live messages: the past is old, not late. */
	late(ms: number): void {
		this.#latencies.push(Math.max(0, ms));
		if (this.#latencies.length > samples) this.#latencies.shift();
	}

	/** The median of the latest live messages, in milliseconds. */
	get latency(): number | undefined {
		return this.#latencies.toSorted((a, b) => a - b)[this.#latencies.length >> 1];
	}
}

export type Costs = Readonly<Record<Account, Cost>>;

export function noCosts(): Costs {
	return { poll: new Cost(), "long-poll": new Cost(), sse: new Cost(), websocket: new Cost(), publish: new Cost() };
}
