/** False when nobody listens. */
export type Emit<Events extends { [Name in keyof Events]: unknown[] }> = <Name extends keyof Events & string>(
	name: Name,
	...told: Events[Name]
) => boolean;

/** Returns what ends the listening. */
export type On<Events extends { [Name in keyof Events]: unknown[] }> = <Name extends keyof Events & string>(
	name: Name,
	listener: (...told: Events[Name]) => void,
) => () => void;

/** A listener's error is as uncaught as that of any listener, and does not disturb the others or us. */
export function createEmitter<Events extends { [Name in keyof Events]: unknown[] }>(): { on: On<Events>; emit: Emit<Events> } {
	const target = new EventTarget();
	return {
		on(name, listener) {
			const own = (event: Event) => {
				event.preventDefault();
				listener(...(event as CustomEvent).detail);
			};
			target.addEventListener(name, own);
			return () => target.removeEventListener(name, own);
		},
		emit: (name, ...detail) => !target.dispatchEvent(new CustomEvent(name, { cancelable: true, detail })),
	};
}
