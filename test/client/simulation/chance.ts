/** Chance from a seed: the same seed, the same run. */
export class Chance {
	#state: number;

	constructor(seed: number) {
		this.#state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
	}

	/** A number in [0, 1), by the generator that is known as mulberry32. */
	next(): number {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	}

	/** True so often. */
	happens(probability: number): boolean {
		return this.next() < probability;
	}

	/** A whole number from `least` to `most`. */
	between(least: number, most: number): number {
		return least + Math.floor(this.next() * (most - least + 1));
	}

	pick<T>(list: readonly T[]): T {
		return list[this.between(0, list.length - 1)] as T;
	}

	/** Another one, which does not change when this one is asked more or less. */
	fork(): Chance {
		return new Chance(Math.floor(this.next() * 2 ** 32));
	}
}
