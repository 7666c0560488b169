/** Makes it so what the machine says: opens and drops links, and leads what they tell to the channels. */
import type { Emit } from "./emitter.ts";
import { HoldfastError } from "./error.ts";
import type { Feed, Source } from "./feed.ts";
import { begin, type Event, type Phase, step } from "./machine.ts";
import { type Watch, watch } from "./watch.ts";
import type { Access, Link, Told, TransportName, Way } from "./way.ts";

/** `idle`: nothing is subscribed. `waiting`: not connected, until the next try. `closed`: for good. */
export type ConnectionState = "idle" | "connecting" | "open" | "waiting" | "closed";

export interface ConnectionEvents {
	/** `reason`: why it is waiting. */
	state: [state: ConnectionState, reason: HoldfastError | undefined];
	/** Messages come this way from now on. */
	transport: [name: TransportName];
}

export interface Connection extends Source {
	readonly state: ConnectionState;
	/** The link in use, where there is one. */
	readonly link: Link | undefined;
	/** Something outside has changed: looks at once whether all is well. */
	wake(): void;
	close(): void;
}

/** A link that is open or being opened. */
interface Line {
	readonly link: Link;
	readonly watch: Watch;
	/** The channels whose past it has delivered. */
	readonly live: Set<string>;
	transport?: TransportName;
	openedAt?: number;
}

const shown: Partial<Record<Phase, ConnectionState>> = { opening: "connecting", moving: "open" };

export function createConnection(
	way: Way,
	access: Access,
	feeds: ReadonlyMap<string, Feed>,
	emit: Emit<ConnectionEvents>,
): Connection {
	const { environment } = access;
	const setup = { ...access, start: (channel: string) => feeds.get(channel)?.start ?? "now" };
	/** By the numbers that the machine gave them. Two may bring the same for a while. */
	const lines = new Map<number, Line>();
	const followed = new Set<string>();
	const events: Event[] = [];
	let state = begin;
	let current: Line | undefined;
	let reason: HoldfastError | undefined;
	/** Until when the server has asked to stay away. */
	let away = 0;
	let cancel: (() => void) | undefined;

	const show = () => shown[state.phase] ?? (state.phase as ConnectionState);

	/** One event after another: what is done about one may bring the next. */
	const dispatch = (event: Event) => {
		if (events.push(event) > 1) return;
		for (let one = events[0]; one !== undefined; one = events[0]) {
			const before = show();
			const { pause } = state;
			state = step(state, one);
			makeSo();
			if (state.pause !== pause) wait();
			if (show() !== before) emit("state", show(), before !== "idle" && show() === "waiting" ? reason : undefined);
			events.shift();
		}
	};

	/** Opens the links that there are to be, and drops the others. */
	const makeSo = () => {
		for (const number of lines.keys()) if (number !== state.current && number !== state.next) drop(number);
		if (state.next !== undefined && !lines.has(state.next)) open(state.next);
		const before = current;
		current = lines.get(state.current as number);
		if (current !== before) tellTransport(current);
	};

	const tellTransport = (line: Line | undefined) => {
		if (line !== undefined && line === current) emit("transport", line.transport as TransportName);
	};

	const wait = () => {
		cancel?.();
		if (state.pause === undefined) return;
		const { least, most } = state.pause;
		cancel = environment.after(least + environment.random() * (most - least), () => dispatch({ type: "elapsed" }));
	};

	const open = (number: number) => {
		const link = way(setup, tell(number));
		const dead = () => lose(number, new HoldfastError("unreachable", "Nothing came."));
		lines.set(number, { link, watch: watch(environment, () => link.check(), dead), live: new Set() });
		for (const channel of followed) link.follow(channel);
	};

	const drop = (number: number) => {
		const line = lines.get(number);
		lines.delete(number);
		line?.watch.stop();
		line?.link.close();
	};

	const lose = (link: number, error: HoldfastError) => {
		const now = environment.now();
		const lived = now - (lines.get(link)?.openedAt ?? now);
		drop(link);
		reason = error;
		away = now + (error.retryAfter ?? 0);
		dispatch({ type: "lost", link, lived, retryAfter: error.retryAfter });
	};

	const renew = ({ link, live }: Line, channel: string) => {
		live.delete(channel);
		link.follow(channel);
	};

	/** A link that is open and has caught up in every channel may take the place of the one in use. */
	const compare = (link: number, line: Line) => {
		if (line.openedAt === undefined || line === current) return;
		for (const channel of followed) if (!line.live.has(channel)) return;
		dispatch({ type: "ready", link });
	};

	const tell = (number: number): Told => {
		/** What a link tells goes to its line, as long as there is one, and is a sign of life. */
		const on =
			<Args extends unknown[]>(run: (line: Line, ...told: Args) => void) =>
			(...told: Args) => {
				const line = lines.get(number);
				line?.watch.heard();
				if (line !== undefined) run(line, ...told);
			};
		return {
			opened: on((line, transport) => {
				const before = line.transport;
				line.transport = transport;
				if (line.openedAt === undefined) {
					line.openedAt = environment.now();
					dispatch({ type: "opened", link: number });
					compare(number, line);
				} else if (transport !== before) tellTransport(line);
			}),
			heard: on(() => undefined),
			begun: on((line, channel, place) => {
				if (feeds.get(channel)?.begun(place) === false) renew(line, channel);
			}),
			message: on((_, message) => feeds.get(message.channel)?.message(message)),
			gap: on((line, gap) => {
				if (!feeds.get(gap.channel)?.gap(gap)) return;
				// The channel turned back, and what other links bring of it is from before.
				for (const other of lines.values()) if (other !== line) renew(other, gap.channel);
			}),
			live: on((line, channel) => {
				line.live.add(channel);
				compare(number, line);
			}),
			refused: on((_, channel, error) => feeds.get(channel)?.refuse(error)),
			goaway: on((_, delay) => dispatch({ type: "goaway", link: number, delay })),
			lost: on((_, error) => lose(number, error)),
		};
	};

	const hold = (channel: string) => {
		followed.delete(channel);
		for (const [number, line] of lines) {
			line.live.delete(channel);
			line.link.leave(channel);
			compare(number, line);
		}
	};

	return {
		get state() {
			return show();
		},
		get link() {
			return current?.link;
		},
		follow(channel) {
			followed.add(channel);
			for (const line of lines.values()) renew(line, channel);
			dispatch({ type: "wanted", away: away - environment.now() });
		},
		hold,
		leave(channel) {
			hold(channel);
			if (followed.size === 0) dispatch({ type: "unwanted" });
		},
		wake() {
			for (const line of lines.values()) line.watch.look();
			dispatch({ type: "wake" });
		},
		close: () => dispatch({ type: "close" }),
	};
}
