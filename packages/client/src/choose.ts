/**
 * Several ways as one. To open, it tries them one after another, each with a short head start before the next is tried beside
 * it; the first that opens is used. Where that is not the best, a better one is tried now and then, and where the link in use is
 * told to go, the same one anew: the new link is used, and the old one left, when it is open and has caught up.
 */
import type { HoldfastError } from "./error.ts";
import type { Access, Link, PublishItem, Sink, Stored, Told, TransportName, Way } from "./way.ts";

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

/** `ways`: best first. */
export function choose(ways: ReadonlyMap<TransportName, Way>, favourite: Favourite): Way {
	const experience = new Experience(ways, favourite);
	return (access, told) => new Choice(experience, access, told);
}

/** What is known of the ways, from link to link. */
class Experience {
	readonly ways: ReadonlyMap<TransportName, Way>;
	readonly names: readonly TransportName[];
	readonly #favourite: Favourite;
	readonly #strikes = new Map<TransportName, number>();
	#last: string | null | undefined;
	/** Trials of a better way since the last one that won. */
	#probes = 0;

	constructor(ways: ReadonlyMap<TransportName, Way>, favourite: Favourite) {
		this.ways = ways;
		this.names = [...ways.keys()];
		this.#favourite = favourite;
		this.#last = favourite.get();
	}

	/** The favourite first, those that keep failing last. */
	order(): TransportName[] {
		const weight = (name: TransportName) => (this.#struck(name) >= mostStrikes ? 2 : 0) + (name === this.#last ? 0 : 1);
		return [...this.names].sort((a, b) => weight(a) - weight(b));
	}

	used(name: TransportName): void {
		if (this.#last !== name) this.#favourite.set(name);
		this.#last = name;
	}

	/** What a lost link says of its way. */
	judge(name: TransportName, lived: number, { retryAfter }: HoldfastError): void {
		if (lived >= lasting) {
			this.#strikes.delete(name);
			this.#probes = 0;
		} else if (lived < early && retryAfter === undefined) this.#strikes.set(name, this.#struck(name) + 1);
	}

	/** Where every way fails it is no way's fault. */
	excuse(): void {
		for (const name of this.names) this.#strikes.set(name, Math.max(0, this.#struck(name) - 1));
	}

	won(): void {
		this.#probes = 0;
	}

	/** The better ways by turns, and how long to wait for the next trial. */
	probe(name: TransportName, random: number): readonly [better: TransportName, delay: number] {
		const most = Math.min(longestProbe, firstProbe * 2 ** this.#probes);
		return [this.names[this.#probes++ % this.names.indexOf(name)] as TransportName, most * (0.5 + random / 2)];
	}

	#struck(name: TransportName): number {
		return this.#strikes.get(name) ?? 0;
	}
}

/** A link that is open or being opened. */
interface Try {
	readonly name: TransportName;
	readonly link: Link;
	/** The channels whose past it has delivered. */
	readonly live: Set<string>;
	openedAt?: number;
}

class Choice implements Link {
	readonly #experience: Experience;
	readonly #access: Access;
	readonly #told: Told;
	readonly #untried: TransportName[];
	readonly #channels = new Map<string, Sink>();
	readonly #tries = new Set<Try>();
	#used: Try | undefined;
	/** Before the next try, or for a trial. */
	#cancel = (): void => undefined;

	constructor(experience: Experience, access: Access, told: Told) {
		this.#experience = experience;
		this.#access = access;
		this.#told = told;
		this.#untried = experience.order();
		this.#tryNext();
	}

	follow(channel: string, sink: Sink): void {
		this.#channels.set(channel, sink);
		for (const one of this.#tries) this.#follow(one, channel, sink);
	}

	leave(channel: string): void {
		this.#channels.delete(channel);
		for (const one of this.#tries) {
			one.link.leave(channel);
			this.#compare(one);
		}
	}

	publish(item: PublishItem): Promise<Stored> | undefined {
		return this.#used?.link.publish?.(item);
	}

	check(): void {
		for (const { link } of this.#tries) link.check();
	}

	close(): void {
		this.#drop(() => true);
	}

	#tryNext(): void {
		const name = this.#untried.shift();
		if (name !== undefined) this.#attempt(name);
		if (this.#untried.length > 0) this.#after(headStart, () => this.#tryNext());
	}

	#attempt(name: TransportName): Try {
		const way = this.#experience.ways.get(name) as Way;
		const link = way(this.#access, {
			heard: this.#told.heard,
			opened: () => {
				one.openedAt ??= this.#access.environment.now();
				this.#compare(one);
			},
			goaway: (delay) => {
				if (one === this.#used && this.#tries.size === 1) this.#plan(name, delay);
			},
			lost: (error) => this.#lose(one, error),
		});
		const one: Try = { name, link, live: new Set() };
		this.#tries.add(one);
		for (const [channel, sink] of this.#channels) this.#follow(one, channel, sink);
		return one;
	}

	#follow(one: Try, channel: string, sink: Sink): void {
		one.live.delete(channel);
		one.link.follow(channel, {
			start: sink.start,
			begun: (place) => {
				const begun = sink.begun(place);
				if (!begun) this.#follow(one, channel, sink);
				return begun;
			},
			message: sink.message,
			gap: (gap) => {
				const turned = sink.gap(gap);
				if (turned) for (const other of this.#tries) if (other !== one) this.#follow(other, channel, sink);
				return turned;
			},
			live: () => {
				one.live.add(channel);
				this.#compare(one);
			},
			refuse: sink.refuse,
		});
	}

	/** The first to open is used, and then one that has caught up with it. */
	#compare(one: Try): void {
		if (one === this.#used || one.openedAt === undefined) return;
		const caughtUp = [...this.#channels.keys()].every((channel) => one.live.has(channel));
		if (this.#used === undefined || caughtUp) this.#use(one);
	}

	#use(one: Try): void {
		const { name } = one;
		const { names } = this.#experience;
		const slow = [...this.#tries].find((other) => names.indexOf(other.name) < names.indexOf(name));
		const first = this.#used === undefined;
		if (!first) this.#experience.won();
		this.#drop((other) => other !== one);
		this.#used = one;
		this.#experience.used(name);
		this.#told.opened(name);
		if (first && slow !== undefined) this.#plan(slow.name, soon);
		else this.#probe();
	}

	/** Where the link in use is not the best, tries one of the better ways after a while. */
	#probe(): void {
		const { name } = this.#used as Try;
		if (name !== this.#experience.names[0]) this.#plan(...this.#experience.probe(name, this.#access.environment.random()));
	}

	/** Opens another link beside the one in use. */
	#plan(name: TransportName, delay: number): void {
		this.#after(delay, () => {
			const trial = this.#attempt(name);
			this.#after(patience, () => {
				if (trial.openedAt === undefined) this.#fail(trial);
			});
		});
	}

	#fail(trial: Try): void {
		this.#drop((one) => one === trial);
		this.#probe();
	}

	#lose(one: Try, error: HoldfastError): void {
		const now = this.#access.environment.now();
		this.#experience.judge(one.name, now - (one.openedAt ?? now), error);
		if (this.#used === undefined || this.#used === one) this.#replace(one, error);
		else this.#fail(one);
	}

	/** Goes on with another link, or is lost. */
	#replace(lost: Try, error: HoldfastError): void {
		this.#tries.delete(lost);
		const open = [...this.#tries].find(({ openedAt }) => openedAt !== undefined);
		const choosing = this.#used === undefined && error.retryAfter === undefined;
		if (open !== undefined) this.#use(open);
		else if (choosing && this.#untried.length > 0) this.#tryNext();
		else if (!choosing || this.#tries.size === 0) {
			if (choosing) this.#experience.excuse();
			this.close();
			this.#told.lost(error);
		}
	}

	#drop(which: (one: Try) => boolean): void {
		this.#cancel();
		for (const one of this.#tries) {
			if (!which(one)) continue;
			this.#tries.delete(one);
			one.link.close();
		}
	}

	#after(ms: number, run: () => void): void {
		this.#cancel();
		this.#cancel = this.#access.environment.after(ms, run);
	}
}
