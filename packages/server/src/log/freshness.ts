import type { Freshness, Unwatch } from "./log.ts";

export class FreshnessState implements Freshness {
	#fresh = true;
	readonly #listeners = new Set<(fresh: boolean) => void>();

	get fresh(): boolean {
		return this.#fresh;
	}

	watch(changed: (fresh: boolean) => void): Unwatch {
		// Of its own for each call, so that the same listener may watch twice.
		const listener = (fresh: boolean) => changed(fresh);
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	set(fresh: boolean): void {
		if (fresh === this.#fresh) return;
		this.#fresh = fresh;
		for (const listener of this.#listeners) listener(fresh);
	}
}
