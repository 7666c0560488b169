/**
 * Numbers by name that matter until a time: a number is the time until which it must be known. Names are whatever attackers
 * like, so no more than `most` are held; beyond that whoever was heard of longest ago is forgotten.
 */
export class BoundedMap {
	readonly #most: number;
	/** In the order in which they were last set. */
	readonly #kept = new Map<string, number>();

	constructor(most: number) {
		this.#most = most;
	}

	get size(): number {
		return this.#kept.size;
	}

	get(name: string): number | undefined {
		return this.#kept.get(name);
	}

	set(name: string, until: number, now: number): void {
		this.#kept.delete(name);
		this.#kept.set(name, until);
		// Two out for one in: what has become useless goes, however many names there were.
		let looks = 2;
		for (const [oldest, its] of this.#kept) {
			if (looks-- === 0) break;
			if (its <= now || this.#kept.size > this.#most) this.#kept.delete(oldest);
		}
	}
}
