/** Makes it so what the machine says: opens and drops links, and leads what they tell to the channels. */
import type { Emit } from "./emitter.ts";
import { HoldfastError } from "./error.ts";
import type { Feed, Source } from "./feed.ts";
import { begin, type Event, type Phase, type State, step, type Try } from "./machine.ts";
import { Watch } from "./watch.ts";
import type { Access, Link, Setup, Told, TransportName, Way } from "./way.ts";

/** `idle`: nothing is subscribed. `waiting`: not connected, until the next try. `closed`: for good. */
export type ConnectionState = "idle" | "connecting" | "open" | "waiting" | "closed";

export interface ConnectionEvents {
	/** `reason`: why it is waiting. */
	state: [state: ConnectionState, reason: HoldfastError | undefined];
	/** Messages come this way from now on. */
	transport: [name: TransportName];
}

/** A link that is open or being opened. */
interface Line {
	readonly name: TransportName;
	readonly link: Link;
	readonly watch: Watch;
	/** The channels whose past it has delivered. */
	readonly live: Set<string>;
	openedAt: number | undefined;
}

const states: Partial<Record<Phase, ConnectionState>> = { choosing: "connecting", moving: "open" };

export class Connection implements Source {
	readonly #ways: readonly Way[];
	readonly #setup: Setup;
	readonly #feed: (channel: string) => Feed | undefined;
	readonly #emit: Emit<ConnectionEvents>;
	/** By the numbers that the machine gave them. Two may bring the same for a while. */
	readonly #lines = new Map<number, Line>();
	/** The channels that are wanted; false while they are on hold. */
	readonly #channels = new Map<string, boolean>();
	readonly #events: Event[] = [];
	#state: State;
	#current: Line | undefined;
	#reason: HoldfastError | undefined;
	#cancel: (() => void) | undefined;

	/** `favourite`: the name of the way that last worked. */
	constructor(
		ways: readonly Way[],
		favourite: string | null | undefined,
		access: Access,
		feed: (channel: string) => Feed | undefined,
		emit: Emit<ConnectionEvents>,
	) {
		this.#ways = ways;
		this.#setup = { ...access, start: (channel) => feed(channel)?.start() ?? "now" };
		this.#feed = feed;
		this.#emit = emit;
		this.#state = begin(
			ways.length,
			Math.max(
				0,
				ways.findIndex(({ name }) => name === favourite),
			),
		);
	}

	/** The link in use, where there is one. */
	get link(): Link | undefined {
		return this.#current?.link;
	}

	get state(): ConnectionState {
		const { phase } = this.#state;
		return states[phase] ?? (phase as ConnectionState);
	}

	isLive(channel: string): boolean {
		return this.#current?.live.has(channel) ?? false;
	}

	follow(channel: string): void {
		this.#channels.set(channel, true);
		for (const line of this.#lines.values()) this.#renew(line, channel);
		this.#dispatch({ type: "wanted" });
	}

	hold(channel: string): void {
		this.#channels.set(channel, false);
		this.#drop(channel);
	}

	leave(channel: string): void {
		this.#channels.delete(channel);
		this.#drop(channel);
		if (this.#channels.size === 0) this.#dispatch({ type: "unwanted" });
	}

	/** Something outside has changed: looks at once whether all is well. */
	wake(): void {
		for (const { watch } of this.#lines.values()) watch.look();
		this.#dispatch({ type: "wake" });
	}

	close(): void {
		this.#dispatch({ type: "close" });
	}

	#drop(channel: string): void {
		for (const [number, { link, live }] of this.#lines) {
			live.delete(channel);
			link.leave(channel);
			this.#compare(number);
		}
	}

	#renew({ link, live }: Line, channel: string): void {
		live.delete(channel);
		link.leave(channel);
		link.follow(channel);
	}

	/** One event after another: what is done about one may bring the next. */
	#dispatch(event: Event): void {
		if (this.#events.push(event) > 1) return;
		for (let next = this.#events[0]; next !== undefined; next = this.#events[0]) {
			const { pause } = this.#state;
			const shown = this.state;
			this.#state = step(this.#state, next);
			this.#makeSo();
			if (this.#state.pause !== pause) this.#wait();
			if (this.state !== shown) this.#emit("state", this.state, this.state === "waiting" ? this.#reason : undefined);
			this.#events.shift();
		}
	}

	/** Opens the links that there are to be, and drops the others. */
	#makeSo(): void {
		const { current, trying } = this.#state;
		const wanted = current === undefined ? trying : [current, ...trying];
		for (const one of wanted) if (!this.#lines.has(one.link)) this.#open(one);
		for (const number of this.#lines.keys()) if (wanted.every(({ link }) => link !== number)) this.#end(number);
		const before = this.#current;
		this.#current = current && this.#lines.get(current.link);
		if (this.#current !== undefined && this.#current !== before) this.#emit("transport", this.#current.name);
	}

	#wait(): void {
		const { pause } = this.#state;
		const { environment } = this.#setup;
		this.#cancel?.();
		if (pause === undefined) return;
		const ms = pause.least + environment.random() * (pause.most - pause.least);
		this.#cancel = environment.after(ms, () => this.#dispatch({ type: "elapsed" }));
	}

	#open({ link: number, way }: Try): void {
		const { name, open } = this.#ways[way] as Way;
		const { environment } = this.#setup;
		const link = open(this.#setup, this.#tell(number));
		const dead = () => this.#lose(number, new HoldfastError("unreachable", `Nothing came over ${name}.`));
		const watch = new Watch(environment, () => link.check(), dead);
		this.#lines.set(number, { name, link, watch, live: new Set(), openedAt: undefined });
		for (const [channel, on] of this.#channels) if (on) link.follow(channel);
	}

	#end(number: number): void {
		const line = this.#lines.get(number);
		this.#lines.delete(number);
		line?.watch.stop();
		line?.link.close();
	}

	#lose(link: number, error: HoldfastError): void {
		const line = this.#lines.get(link);
		if (line === undefined) return;
		const now = this.#setup.environment.now();
		this.#end(link);
		this.#reason = error;
		this.#dispatch({ type: "lost", link, lived: now - (line.openedAt ?? now), retryAfter: error.retryAfter });
	}

	#tell(number: number): Told {
		/** What a link tells goes to its line, as long as there is one, and is a sign of life. */
		const on = (run: (line: Line) => void) => {
			const line = this.#lines.get(number);
			line?.watch.heard();
			if (line !== undefined) run(line);
		};
		return {
			opened: () =>
				on((line) => {
					if (line.openedAt !== undefined) return;
					line.openedAt = this.#setup.environment.now();
					this.#dispatch({ type: "opened", link: number });
					this.#compare(number);
				}),
			heard: () => on(() => undefined),
			begun: (channel, place, start) =>
				on((line) => {
					if (this.#feed(channel)?.begun(place, start) === false) this.#renew(line, channel);
				}),
			message: (message) => on(() => this.#feed(message.channel)?.message(message)),
			gap: (gap) =>
				on((line) => {
					if (!this.#feed(gap.channel)?.gap(gap)) return;
					// The channel turned back, and what other links bring of it is from before.
					for (const other of this.#lines.values()) if (other !== line) this.#renew(other, gap.channel);
				}),
			live: (channel) =>
				on(({ live }) => {
					live.add(channel);
					this.#compare(number);
				}),
			refused: (channel, error) => on(() => this.#feed(channel)?.refuse(error)),
			goaway: (delay) => this.#dispatch({ type: "goaway", link: number, delay }),
			lost: (error) => this.#lose(number, error),
		};
	}

	/** A link that is open and has caught up in every channel may take the place of the one in use. */
	#compare(number: number): void {
		const line = this.#lines.get(number);
		if (line?.openedAt === undefined || line === this.#current) return;
		for (const [channel, on] of this.#channels) if (on && !line.live.has(channel)) return;
		this.#dispatch({ type: "ready", link: number });
	}
}
