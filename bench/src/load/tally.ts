/** Who has received what: counts deliveries, finds what was lost or repeated, and knows what all have received. */

/** More messages than are ever in flight. */
const ring = 1024;
const faultsKept = 10;

export class Tally {
	/** Deliveries. */
	received = 0;
	/** Messages that every reader has received: the number of the next one. */
	completed = 0;
	readonly faults: string[] = [];
	/** For each reader the number that comes next. */
	readonly #next: number[] = [];
	/** For each message in flight the readers that have it. */
	readonly #reached = new Int32Array(ring);

	/** A new reader; only while nothing is in flight. */
	add(): number {
		return this.#next.push(this.completed) - 1;
	}

	take(reader: number, message: number): void {
		const expected = this.#next[reader] as number;
		if (message !== expected && this.faults.length < faultsKept) {
			this.faults.push(`reader ${reader} received message ${message}, not ${expected}`);
		}
		this.#next[reader] = message + 1;
		this.received++;
		const slot = message % ring;
		const reached = (this.#reached[slot] as number) + 1;
		if (reached < this.#next.length) {
			this.#reached[slot] = reached;
			return;
		}
		this.#reached[slot] = 0;
		this.completed = message + 1;
	}
}
