/** Whether a store that is somewhere else can still be trusted to tell its watchers everything. */
import type { Unwatch } from "./log.ts";

/**
 * Fresh: what watchers have been told is all there was a moment ago. Stale: the store is away, and more may be kept than is told. It
 * becomes fresh again only when they have been told what came meanwhile.
 */
export class Freshness {
	#fresh = true;
	readonly #listeners = new Set<(fresh: boolean) => void>();

	get fresh(): boolean {
		return this.#fresh;
	}

	/** Calls `changed`, which must not throw, at each change from now on. */
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
