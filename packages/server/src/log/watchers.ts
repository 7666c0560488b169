/** Who wants to be told when a channel grows. */
import type { LogPage, Unwatch } from "./log.ts";

type Grown = (page: LogPage) => void;

export class Watchers {
	readonly #channels = new Map<string, Set<Grown>>();
	readonly #waiting: { readonly grown: Grown; readonly watching: Set<Grown>; readonly page: LogPage }[] = [];
	#telling = false;

	watch(channel: string, grown: Grown): Unwatch {
		// One function may watch twice, and end one watch of the two.
		const own: Grown = (page) => grown(page);
		const watching = this.#channels.get(channel) ?? new Set();
		this.#channels.set(channel, watching.add(own));
		return () => {
			watching.delete(own);
			if (watching.size === 0 && this.#channels.get(channel) === watching) this.#channels.delete(channel);
		};
	}

	watched(channel: string): boolean {
		return this.#channels.has(channel);
	}

	/** A watcher that appends while it is told would have the others see its page first; so pages wait for their turn. */
	tell(channel: string, page: LogPage): void {
		const watching = this.#channels.get(channel);
		if (watching === undefined) return;
		for (const grown of watching) this.#waiting.push({ grown, watching, page });
		if (this.#telling) return;
		this.#telling = true;
		try {
			for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
				if (next.watching.has(next.grown)) next.grown(next.page);
			}
		} finally {
			this.#telling = false;
		}
	}

	clear(): void {
		this.#channels.clear();
		this.#waiting.length = 0;
	}
}
