/**
 * Several ways as one. To open, it tries them one after another, each with a short head start before the next is tried beside
 * it; the first that opens is used. Where that is not the best, a better one is tried now and then, and where the link in use is
 * told to go, the same one anew: the new link is used, and the old one left, when it is open and has caught up.
 */
import type { HoldfastError } from "./error.ts";
import type { Access, Link, Sink, Told, TransportName, Way } from "./way.ts";

/** Milliseconds before the next way is tried beside one that has not opened. */
const headStart = 300;
/** A link that has lived so long shows that its way works. */
const lasting = 60_000;
/** A link that was cut sooner is a strike against its way; after so many, others are tried before it. */
const early = 10_000;
const mostStrikes = 3;
/** Before a better way is tried: one that was only slow, and one that had failed. */
const soon = 1000;
const firstProbe = 30_000;
const longestProbe = 600_000;
/** Time for such a one to open. */
const patience = 10_000;

/** The way that worked last, over a reload. */
export interface Favourite {
	get(): string | null | undefined;
	set(name: string): void;
}

interface Try {
	readonly name: TransportName;
	link: Link;
	/** The channels whose past it has delivered. */
	readonly live: Set<string>;
	openedAt: number | undefined;
}

/** `ways`: best first. */
export function choose(ways: ReadonlyMap<TransportName, Way>, favourite: Favourite): Way {
	const names = [...ways.keys()];
	const strikes = new Map<TransportName, number>();
	let last = favourite.get();
	let probes = 0;

	const struck = (name: TransportName) => strikes.get(name) ?? 0;
	/** The favourite first, those that keep failing last. */
	const weight = (name: TransportName) => (struck(name) >= mostStrikes ? 2 : 0) + (name === last ? 0 : 1);

	/** What a lost link says of its way. */
	const judge = ({ name }: Try, lived: number, { retryAfter }: HoldfastError) => {
		if (lived >= lasting) {
			strikes.delete(name);
			probes = 0;
		} else if (lived < early && retryAfter === undefined) strikes.set(name, struck(name) + 1);
	};

	return (access: Access, told: Told): Link => {
		const { environment } = access;
		const untried = [...names].sort((a, b) => weight(a) - weight(b));
		const channels = new Map<string, Sink>();
		/** Open or being opened. */
		const tries = new Set<Try>();
		let used: Try | undefined;
		let cancelNext = (): void => undefined;
		let cancelTrial = (): void => undefined;

		const follow = (one: Try, channel: string, sink: Sink) => {
			const again = () => follow(one, channel, sink);
			one.live.delete(channel);
			one.link.follow(channel, {
				get start() {
					return sink.start;
				},
				begun: (place) => sink.begun(place) || (again(), false),
				message: sink.message,
				gap(gap) {
					const turned = sink.gap(gap);
					if (turned) for (const other of tries) if (other !== one) follow(other, channel, sink);
					return turned;
				},
				live() {
					one.live.add(channel);
					compare(one);
				},
				refuse: sink.refuse,
			});
		};

		const attempt = (name: TransportName) => {
			const mine = { name, live: new Set<string>(), openedAt: undefined } as unknown as Try;
			tries.add(mine);
			mine.link = (ways.get(name) as Way)(access, {
				heard: told.heard,
				opened() {
					mine.openedAt ??= environment.now();
					compare(mine);
				},
				goaway(delay) {
					if (mine === used && tries.size === 1) plan(delay, () => name);
				},
				lost: (error) => lose(mine, error),
			});
			for (const [channel, sink] of channels) follow(mine, channel, sink);
			return mine;
		};

		const tryNext = () => {
			attempt(untried.shift() as TransportName);
			if (untried.length > 0) cancelNext = environment.after(headStart, tryNext);
		};

		/** The first to open is used, and then one that has caught up with it. */
		const compare = (one: Try) => {
			if (one === used || one.openedAt === undefined) return;
			const { live } = one;
			if (used === undefined || [...channels.keys()].every((channel) => live.has(channel))) use(one);
		};

		const use = (one: Try) => {
			const { name } = one;
			const slow = used === undefined && [...tries].some((other) => names.indexOf(other.name) < names.indexOf(name));
			if (used !== undefined) probes = 0;
			drop((other) => other !== one);
			used = one;
			if (last !== name) favourite.set(name);
			last = name;
			told.opened(name);
			if (name !== names[0]) probe(slow);
		};

		/** Tries one of the better ways, another one each time. */
		const probe = (isSlow: boolean) => {
			const most = Math.min(longestProbe, firstProbe * 2 ** probes);
			const delay = isSlow ? soon : most * (0.5 + environment.random() / 2);
			plan(delay, () => names[probes++ % names.indexOf((used as Try).name)] as TransportName);
		};

		/** Opens another link beside the one in use. */
		const plan = (delay: number, name: () => TransportName) => {
			cancelTrial();
			cancelTrial = environment.after(delay, () => {
				const trial = attempt(name());
				cancelTrial = environment.after(patience, () => {
					if (trial.openedAt === undefined) fail(trial);
				});
			});
		};

		const fail = (trial: Try) => {
			drop((one) => one === trial);
			if ((used as Try).name !== names[0]) probe(false);
		};

		const lose = (one: Try, error: HoldfastError) => {
			const { openedAt = environment.now() } = one;
			judge(one, environment.now() - openedAt, error);
			if (used !== undefined && used !== one) return fail(one);
			tries.delete(one);
			const open = [...tries].find((other) => other.openedAt !== undefined);
			if (open !== undefined) return use(open);
			if (used === undefined && error.retryAfter === undefined) {
				cancelNext();
				if (untried.length > 0) return tryNext();
				if (tries.size > 0) return;
				// Where every way fails it is no way's fault.
				for (const name of names) strikes.set(name, Math.max(0, struck(name) - 1));
			}
			drop(() => true);
			told.lost(error);
		};

		const drop = (which: (one: Try) => boolean) => {
			cancelNext();
			cancelTrial();
			for (const one of tries) {
				if (!which(one)) continue;
				tries.delete(one);
				one.link.close();
			}
		};

		tryNext();
		return {
			follow(channel, sink) {
				channels.set(channel, sink);
				for (const one of tries) follow(one, channel, sink);
			},
			leave(channel) {
				channels.delete(channel);
				for (const one of tries) {
					one.link.leave(channel);
					compare(one);
				}
			},
			publish: (item) => used?.link.publish?.(item),
			check() {
				for (const { link } of tries) link.check();
			},
			close: () => drop(() => true),
		};
	};
}
