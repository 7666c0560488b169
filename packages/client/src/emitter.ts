/** False when nobody listens. */
export type Emit<Events extends { [Name in keyof Events]: unknown[] }> = <Name extends keyof Events>(
	name: Name,
	...told: Events[Name]
) => boolean;

/** Returns what ends the listening. */
export type On<Events extends { [Name in keyof Events]: unknown[] }> = <Name extends keyof Events>(
	name: Name,
	listener: (...told: Events[Name]) => void,
) => () => void;

type Listener = (...told: unknown[]) => void;

export function createEmitter<Events extends { [Name in keyof Events]: unknown[] }>(): { on: On<Events>; emit: Emit<Events> } {
	const all = new Set<readonly [name: keyof Events, listener: Listener]>();
	return {
		on(name, listener) {
			const one = [name, listener as Listener] as const;
			all.add(one);
			return () => all.delete(one);
		},
		emit(name, ...told) {
			const heard = [...all].filter(([of]) => of === name);
			for (const [, listener] of heard) {
				try {
					listener(...told);
				} catch (error) {
					throwUncaught(error);
				}
			}
			return heard.length > 0;
		},
	};
}

/** Not through us, who have other things to do, and not in silence: as any listener's error, it reaches the page or process. */
export function throwUncaught(error: unknown): void {
	queueMicrotask(() => {
		throw error;
	});
}
