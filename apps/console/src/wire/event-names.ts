/** The event names met so far. `EventSource` hears an event only by a name that it was told to listen for. */
export class EventNames {
	readonly #names = new Set<string>();
	readonly #listeners = new Set<(name: string) => void>();

	add(name: string): void {
		if (this.#names.has(name)) return;
		this.#names.add(name);
		for (const listener of this.#listeners) listener(name);
	}

	/** Hands over every name known, and each new one until `signal` is aborted. */
	each(listener: (name: string) => void, signal: AbortSignal): void {
		for (const name of this.#names) listener(name);
		this.#listeners.add(listener);
		signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
	}
}
