/**
 * Several ways as one. To open, it tries them one after another, each with a short head start before the next is tried beside
 * it; the first that opens is used. Where that is not the best, a better one is tried now and then, and where the link in use is
 * told to go, the same one anew: the new link is used, and the old one left, when it is open and has caught up.
 */
import type { HoldfastError } from "./error.ts";
import { createTimer } from "./timer.ts";
import type { Access, Link, Sink, Told, TransportName, Way } from "./way.ts";

/** Milliseconds before the next way is tried beside one that has not opened. */
const headStart = 300;
/** A link that has lived so long shows that its way works. */
const lasting = 60_000;
/** One that was cut sooner after it had opened is a strike against its way; after so many, others are tried before it. */
const early = 10_000;
const mostStrikes = 3;
/** Before a better way is tried. */
const firstProbe = 30_000;
const longestProbe = 600_000;
/** Time for such a one to open and to catch up. */
const patience = 10_000;

/** The way that worked last, over a reload. */
export interface Favourite {
	get(): string | null | undefined;
	set(name: string): void;
}

/** A link that is open or being opened. */
interface Try {
	readonly name: TransportName;
	/** 0 is the best. */
	readonly rank: number;
	readonly link: Link;
	/** The channels whose past it has delivered. */
	readonly live: Set<string>;
	openedAt: number | undefined;
}

/** `ways`: best first. */
export function choose(ways: ReadonlyMap<TransportName, Way>, favourite: Favourite): Way {
	const record = keepRecord([...ways.keys()], favourite);
	return (access, told) => openBest(ways, record, access, told);
}

/** What is known of the ways, from link to link. */
function keepRecord(names: readonly TransportName[], favourite: Favourite) {
	const strikes = new Map<TransportName, number>();
	let last = favourite.get();
	/** Trials of a better way since one has won. */
	let probes = 0;
	const struck = (name: TransportName) => strikes.get(name) ?? 0;
	return {
		/** The favourite first, those that are cut again and again last. */
		order() {
			const weight = (name: TransportName) => (struck(name) < mostStrikes ? 0 : 2) - (name === last ? 1 : 0);
			return [...names].sort((a, b) => weight(a) - weight(b));
		},
		use(name: TransportName, isTrial: boolean) {
			if (isTrial) probes = 0;
			favourite.set(name);
			last = name;
		},
		lived(name: TransportName, ms: number) {
			if (ms < early) strikes.set(name, struck(name) + 1);
			if (ms < lasting) return;
			strikes.delete(name);
			probes = 0;
		},
		/** A way that is better, another one each time; undefined for the best. */
		better: (rank: number) => names[probes % rank],
		/** When to try it: later each time. */
		delay: (random: number) => Math.min(longestProbe, firstProbe * 2 ** probes++) * (0.5 + random / 2),
	};
}

function openBest(
	ways: ReadonlyMap<TransportName, Way>,
	record: ReturnType<typeof keepRecord>,
	access: Access,
	told: Told,
): Link {
	const { environment } = access;
	const untried = record.order();
	let used: Try | undefined;
	/** The last one that was planned. */
	let trial: Try | undefined;
	const timer = createTimer(environment);

	const tryNext = () => {
		timer();
		begin(untried.shift() as TransportName);
		if (untried.length > 0) timer(headStart, tryNext);
	};
	/** The first to open is used, and then one that has caught up with it. */
	const ready = (one: Try, isLive: boolean) => {
		if (one === used || (used && !isLive)) return;
		timer();
		// A better one that is only slow has its time.
		drop((other) => other !== one && (used !== undefined || other.rank > one.rank));
		record.use(one.name, used !== undefined);
		used = one;
		told.opened(one.name);
		probe(one);
	};
	/** Tries a better way after a while. */
	const probe = ({ rank }: Try) => {
		const better = record.better(rank);
		if (better) plan(better, record.delay(environment.random()));
	};
	/** Opens another link beside the one in use. */
	const plan = (name: TransportName, delay: number) =>
		timer(delay, () => {
			const one = begin(name);
			trial = one;
			timer(patience, () => fail(one));
		});
	const fail = (failed: Try) => {
		drop((one) => one === failed);
		if (failed !== trial) return;
		timer();
		probe(used as Try);
	};
	const lost = (one: Try, error: HoldfastError) => {
		if (one.openedAt !== undefined) record.lived(one.name, environment.now() - one.openedAt);
		if (used && used !== one) return fail(one);
		const others = drop((other) => other === one);
		const open = others.find(({ openedAt }) => openedAt !== undefined);
		const choosing = !used && error.retryAfter === undefined;
		if (open) ready(open, true);
		else if (choosing && untried.length > 0) tryNext();
		else if (!choosing || others.length === 0) {
			close();
			told.lost(error);
		}
	};
	const goaway = (one: Try, delay: number) => one === used && plan(one.name, delay);
	const { begin, drop, ...link } = openTries(ways, access, { heard: told.heard, ready, goaway, lost });
	const close = () => {
		timer();
		drop(() => true);
	};
	tryNext();
	return { ...link, publish: (item) => used?.link.publish?.(item), close };
}

/** What becomes of one. */
interface Events {
	heard(): void;
	/** It is open, or has delivered the past of another channel. `isLive`: of all. */
	ready(one: Try, isLive: boolean): void;
	goaway(one: Try, delay: number): void;
	lost(one: Try, error: HoldfastError): void;
}

/** What is followed, over several links. */
function openTries(ways: ReadonlyMap<TransportName, Way>, access: Access, events: Events) {
	const channels = new Map<string, Sink>();
	const tries = new Set<Try>();
	const names = [...ways.keys()];

	const compare = (one: Try) => {
		const isLive = [...channels.keys()].every((channel) => one.live.has(channel));
		if (one.openedAt !== undefined) events.ready(one, isLive);
	};
	const follow = (one: Try, channel: string, sink: Sink) => {
		one.live.delete(channel);
		const live = () => {
			one.live.add(channel);
			compare(one);
		};
		one.link.follow(channel, { ...sink, live });
	};
	return {
		begin(name: TransportName): Try {
			const link = (ways.get(name) as Way)(access, {
				heard: events.heard,
				opened() {
					// Of a poll it is all that is heard, each time.
					events.heard();
					one.openedAt ??= access.environment.now();
					compare(one);
				},
				goaway: (delay) => events.goaway(one, delay),
				lost: (error) => events.lost(one, error),
			});
			const one: Try = { name, rank: names.indexOf(name), link, live: new Set(), openedAt: undefined };
			tries.add(one);
			for (const [channel, sink] of channels) follow(one, channel, sink);
			return one;
		},
		/** Ends some, and gives the others. */
		drop(which: (one: Try) => boolean): Try[] {
			for (const one of tries) if (which(one) && tries.delete(one)) one.link.close();
			return [...tries];
		},
		follow(channel: string, sink: Sink) {
			channels.set(channel, sink);
			for (const one of tries) follow(one, channel, sink);
		},
		leave(channel: string) {
			channels.delete(channel);
			for (const one of tries) {
				one.link.leave(channel);
				compare(one);
			}
		},
		check() {
			for (const { link } of tries) link.check();
		},
	};
}
