type Listener = (...told: unknown[]) => void;

/** False when nobody listens. */
export type Emit<Events extends { [Name in keyof Events]: unknown[] }> = <Name extends keyof Events>(
	name: Name,
	...told: Events[Name]
) => boolean;

/** Listeners by the name of what they listen for. */
export class Emitter<Events extends { [Name in keyof Events]: unknown[] }> {
	readonly #listeners = new Map<keyof Events, Set<Listener>>();

	/** Returns what ends the listening. */
	on<Name extends keyof Events>(name: Name, listener: (...told: Events[Name]) => void): () => void {
		const listeners = this.#listeners.get(name) ?? new Set();
		this.#listeners.set(name, listeners);
		// A listener that is given twice is called twice, and ends one by one.
		const own: Listener = (...told) => listener(...(told as Events[Name]));
		listeners.add(own);
		return () => listeners.delete(own);
	}

	/** False when nobody listens. */
	emit<Name extends keyof Events>(name: Name, ...told: Events[Name]): boolean {
		const listeners = [...(this.#listeners.get(name) ?? [])];
		for (const listener of listeners) {
			try {
				listener(...told);
			} catch (error) {
				throwUncaught(error);
			}
		}
		return listeners.length > 0;
	}
}

/** Not through us, who have other things to do, and not in silence: as any listener's error, it reaches the page or process. */
export function throwUncaught(error: unknown): void {
	queueMicrotask(() => {
		throw error;
	});
}
