/** What one reader was handed, judged by the numbers in the messages. */

/** Numbers that are remembered as missing, in case they come late. */
const mostMissing = 10_000;

export class Judge {
	received = 0;
	repeated = 0;
	outOfOrder = 0;
	/** Gaps that the server told. */
	told = 0;
	readonly #missing = new Set<number>();
	/** Missing, and no longer remembered by number. */
	#forgotten = 0;
	#next: number | undefined;
	#isTold = false;

	/** From when on it is known to be there, unless it has begun: with this number, or an earlier one that was on its way. */
	begin(n: number): void {
		this.#next ??= n;
	}

	take(n: number): void {
		this.received += 1;
		const next = this.received === 1 ? Math.min(this.#next ?? n, n) : (this.#next ?? n);
		if (n >= next) {
			if (!this.#isTold) this.#miss(next, n);
			this.#next = n + 1;
			this.#isTold = false;
		} else if (this.#missing.delete(n)) this.outOfOrder += 1;
		else this.repeated += 1;
	}

	/** The numbers that are skipped next have been told as gone. */
	gap(): void {
		this.told += 1;
		this.#isTold = true;
	}

	/** Skipped, and not come since. */
	get lost(): number {
		return this.#missing.size + this.#forgotten;
	}

	/** How many of those that were published are still to come; of a reader that has begun. */
	behind(published: number): number {
		return this.#next === undefined ? 0 : Math.max(0, published + 1 - this.#next);
	}

	#miss(from: number, to: number): void {
		for (let n = from; n < to; n++) {
			if (this.#missing.size < mostMissing) this.#missing.add(n);
			else this.#forgotten += 1;
		}
	}
}
