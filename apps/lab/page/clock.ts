/** The server's clock, seen from here: a message says when it was published, and the two machines' clocks differ. */

const remembered = 20;

export class ServerClock {
	readonly #samples: { readonly trip: number; readonly ahead: number }[] = [];

	/** `asked`: when the server was asked for its time, `server`: what it said. Returns how many samples there are. */
	sample(asked: number, server: number): number {
		const answered = performance.now();
		this.#samples.push({ trip: answered - asked, ahead: server - (asked + answered) / 2 });
		if (this.#samples.length > remembered) this.#samples.shift();
		return this.#samples.length;
	}

	/** Milliseconds since the server's clock showed `at`. The quickest answer knows best. */
	since(at: number): number {
		const [first, ...others] = this.#samples;
		const best = others.reduce((best, one) => (one.trip < (best?.trip ?? 0) ? one : best), first);
		return performance.now() + (best?.ahead ?? 0) - at;
	}
}
