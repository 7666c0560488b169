/**
 * Several ways as one. Opens them one after another, each with a short head start before the next is tried beside it; the first
 * that opens is used. Where it is not the best, a better one is asked for after a while: the next link is then tried by that
 * one alone, and the connection changes over when it has caught up.
 */
import type { HoldfastError } from "./error.ts";
import type { Link, TransportName, Way } from "./way.ts";

/** Milliseconds before the next way is tried beside one that has not opened. */
const headStart = 300;
/** A link that has lived so long shows that its way works. */
const lasting = 60_000;
/** A link that was cut sooner is a strike against its way; after so many, others are tried before it. */
const early = 10_000;
const mostStrikes = 3;
/** Before a better way is tried that was only slow, or that had failed. */
const soon = 1000;
const firstProbe = 30_000;
const longestProbe = 600_000;

/** The way that worked last, over a reload. */
export interface Favourite {
	get(): string | null | undefined;
	set(name: string): void;
}

/** `ways`: best first. */
export function choose(ways: ReadonlyMap<TransportName, Way>, favourite: Favourite): Way {
	const names = [...ways.keys()];
	const strikes = new Map<TransportName, number>();
	let last = favourite.get();
	let probes = 0;
	/** The better way that the next link is to try. */
	let trial: TransportName | undefined;

	/** The favourite first, those that keep failing last. */
	const order = () => {
		const weight = (name: TransportName) => ((strikes.get(name) ?? 0) >= mostStrikes ? 2 : 0) + (name === last ? 0 : 1);
		return names.toSorted((a, b) => weight(a) - weight(b));
	};
	const strike = (name: TransportName, by: number) => strikes.set(name, Math.max(0, (strikes.get(name) ?? 0) + by));

	return (setup, told) => {
		const { environment } = setup;
		const untried = trial === undefined ? order() : [trial];
		const alone = trial !== undefined;
		const channels = new Set<string>();
		/** Under way; after one is open, that one. */
		const links = new Map<TransportName, Link>();
		let used: TransportName | undefined;
		let openedAt = 0;
		let cancel = (): void => undefined;
		trial = undefined;

		const tryNext = () => {
			cancel();
			const name = untried.shift() as TransportName;
			const opened = () => open(name);
			links.set(name, (ways.get(name) as Way)(setup, { ...told, opened, lost: (error) => lose(name, error) }));
			for (const channel of channels) links.get(name)?.follow(channel);
			if (untried.length > 0) cancel = environment.after(headStart, tryNext);
		};

		const open = (name: TransportName) => {
			if (used === undefined) {
				const slow = names.find((other) => links.has(other));
				drop((other) => other !== name);
				used = name;
				openedAt = environment.now();
				if (alone) probes = 0;
				if (last !== name) favourite.set(name);
				last = name;
				if (name !== names[0]) probe(slow !== name);
			}
			told.opened(name);
		};

		const probe = (isSlow: boolean) => {
			const most = Math.min(longestProbe, firstProbe * 2 ** probes);
			cancel = environment.after(isSlow ? soon : most * (1 + environment.random()) * 0.5, () => {
				trial = names[probes++ % names.indexOf(used as TransportName)];
				told.goaway(0);
				probe(false);
			});
		};

		const lose = (name: TransportName, error: HoldfastError) => {
			links.delete(name);
			const lived = name === used ? environment.now() - openedAt : 0;
			const asked = error.retryAfter !== undefined;
			if (lived >= lasting) {
				strikes.delete(name);
				probes = 0;
			} else if (lived < early && !asked) strike(name, 1);
			if (used === undefined && !asked) {
				if (untried.length > 0) return tryNext();
				if (links.size > 0) return;
				// Where every way fails it is no way's fault.
				if (!alone) for (const each of names) strike(each, -1);
			}
			close();
			told.lost(error);
		};

		const drop = (which: (name: TransportName) => boolean) => {
			cancel();
			for (const [name, link] of links) {
				if (!which(name)) continue;
				links.delete(name);
				link.close();
			}
		};

		const close = () => {
			drop(() => true);
			untried.length = 0;
			if (used !== undefined) trial = undefined;
		};

		tryNext();
		return {
			follow(channel) {
				channels.add(channel);
				for (const link of links.values()) link.follow(channel);
			},
			leave(channel) {
				channels.delete(channel);
				for (const link of links.values()) link.leave(channel);
			},
			publish: (item) => links.get(used as TransportName)?.publish?.(item),
			check() {
				for (const link of links.values()) link.check();
			},
			close,
		};
	};
}
