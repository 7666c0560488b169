/**
 * A value that outlives a restart: the newest message of a channel, which nobody but the server reads or publishes to. For one process:
 * it does not see what another one changes.
 */
import type { Holdfast, Log } from "@holdfast/server";

export interface Kept<T> {
	readonly value: T;
	/**
	 * One change after another: `next` is given the value as it then is, and what it gives is the value once it is stored.
	 * Where `next` throws, or gives the same value, nothing changes.
	 */
	change(next: (value: T) => T): Promise<T>;
}

/** `initial`: before anything was stored, or when it is no longer kept. */
export async function kept<T>(log: Log, holdfast: Holdfast, channel: string, initial: T): Promise<Kept<T>> {
	const { messages } = await log.read(channel, { last: 1 }, { messages: 1, bytes: 1 });
	const [newest] = messages;
	let value = newest === undefined ? initial : (JSON.parse(newest.data) as T);
	let last: Promise<unknown> = Promise.resolve();
	return {
		get value() {
			return value;
		},
		change(next) {
			const changed = last.then(async () => {
				const wanted = next(value);
				if (wanted !== value) await holdfast.publish(channel, wanted);
				value = wanted;
				return value;
			});
			last = changed.catch(() => undefined);
			return changed;
		},
	};
}
