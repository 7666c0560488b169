/**
 * Who has received what. Each message is counted until every reader of its channel has it, and each reader must have the
 * messages of one publisher in the order in which they were published: so nothing is lost, repeated or out of order unseen.
 */
import { Histogram } from "./histogram.ts";

/** More messages than are ever in flight. */
export const ring = 1 << 16;
const mask = ring - 1;
const faultsKept = 10;

export class Tally {
	/** Deliveries. */
	received = 0;
	/** Messages that every reader of their channel has. */
	completed = 0;
	readonly faults: string[] = [];
	readonly latency = new Histogram();
	/** Told the number of each message that has become complete. */
	done: (message: number) => void = () => {};

	#readers = 0;
	/** Readers of each channel. */
	readonly #expected: number[] = [];
	/** For each message in flight: when it was published, and how many have it. */
	readonly #published = new Float64Array(ring);
	readonly #reached = new Int32Array(ring);
	#first = 0;
	#publishers = 1;
	#channels = 1;
	/** The newest message that each reader has of each publisher. */
	#newest = new Int32Array(0);

	/** A new reader of a channel; only between two loads. */
	add(channel: number): number {
		this.#expected[channel] = this.readersOf(channel) + 1;
		return this.#readers++;
	}

	readersOf(channel: number): number {
		return this.#expected[channel] ?? 0;
	}

	/** From now on message `n` is of publisher `(n - first) % publishers`, to channel `(n - first) % channels`. */
	begin(first: number, publishers: number, channels: number): void {
		this.#first = first;
		this.#publishers = publishers;
		this.#channels = channels;
		const places = this.#readers * publishers;
		if (this.#newest.length !== places) this.#newest = new Int32Array(places);
		this.#newest.fill(first - 1);
		this.#reached.fill(0);
		this.received = 0;
		this.completed = 0;
		this.latency.clear();
	}

	published(message: number, at: number): void {
		this.#published[message & mask] = at;
	}

	take(reader: number, message: number, at: number): void {
		const since = message - this.#first;
		const place = reader * this.#publishers + (since % this.#publishers);
		if (message <= (this.#newest[place] as number) || since < 0) {
			this.fault(`reader ${reader} received message ${since} after ${(this.#newest[place] as number) - this.#first}`);
			return;
		}
		this.#newest[place] = message;
		this.received++;
		const slot = message & mask;
		this.latency.add(at - (this.#published[slot] as number));
		const reached = (this.#reached[slot] as number) + 1;
		this.#reached[slot] = reached;
		if (reached !== this.#expected[since % this.#channels]) return;
		this.#reached[slot] = 0;
		this.completed++;
		this.done(message);
	}

	fault(text: string): void {
		if (this.faults.length < faultsKept) this.faults.push(text);
	}
}
