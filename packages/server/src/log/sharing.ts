interface Under<T> {
	readonly running: Promise<T>;
	next?: Promise<T>;
}

/**
 * One piece of work for all who ask for the same at the same time. Whoever asks while it is under way is given the next, which
 * begins when this one has ended: it may have looked too early for them.
 */
export function sharing<T>(): (key: string, work: () => Promise<T>) => Promise<T> {
	const all = new Map<string, Under<T>>();
	const begin = (key: string, work: () => Promise<T>): Promise<T> => {
		const running = work();
		const under: Under<T> = { running };
		all.set(key, under);
		const ended = () => {
			if (under.next === undefined) all.delete(key);
		};
		running.then(ended, ended);
		return running;
	};
	return (key, work) => {
		const under = all.get(key);
		if (under === undefined) return begin(key, work);
		under.next ??= under.running.catch(() => undefined).then(() => begin(key, work));
		return under.next;
	};
}
