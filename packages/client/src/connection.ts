/** Makes it so what the machine says: opens and drops links, and leads what they tell to the channels. */
import type { Emit } from "./emitter.ts";
import { HoldfastError } from "./error.ts";
import type { Feed, Source } from "./feed.ts";
import { begin, type Event, step } from "./machine.ts";
import { type Watch, watch } from "./watch.ts";
import type { Access, Link, TransportName, Way } from "./way.ts";

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
	readonly number: number;
	readonly link: Link;
	readonly watch: Watch;
	transport?: TransportName;
	openedAt?: number;
}

export function createConnection(
	way: Way,
	access: Access,
	feeds: ReadonlyMap<string, Feed>,
	emit: Emit<ConnectionEvents>,
): Connection {
	const { environment } = access;
	const setup = { ...access, start: (channel: string) => feeds.get(channel)?.start ?? "now" };
	const followed = new Set<string>();
	const events: Event[] = [];
	let state = begin;
	let line: Line | undefined;
	let reason: HoldfastError | undefined;
	/** Until when the server has asked to stay away. */
	let away = 0;
	let cancel: (() => void) | undefined;

	const shown = (): ConnectionState => (state.phase === "opening" ? "connecting" : state.phase);

	/** One event after another: what is done about one may bring the next. */
	const dispatch = (event: Event) => {
		if (events.push(event) > 1) return;
		for (let one = events[0]; one !== undefined; one = events[0]) {
			const before = shown();
			const { pause } = state;
			state = step(state, one);
			makeSo();
			if (state.pause !== pause) wait();
			if (shown() !== before) emit("state", shown(), shown() === "waiting" ? reason : undefined);
			events.shift();
		}
	};

	const makeSo = () => {
		const { phase, links } = state;
		const wanted = phase === "opening" || phase === "open";
		if (line?.number !== links || !wanted) drop();
		if (wanted && line === undefined) open(links);
	};

	const wait = () => {
		cancel?.();
		if (state.pause === undefined) return;
		const { least, most } = state.pause;
		cancel = environment.after(least + environment.random() * (most - least), () => dispatch({ type: "elapsed" }));
	};

	const open = (number: number) => {
		/** What a link tells is a sign of life, as long as it is there. */
		const on =
			<Args extends unknown[], Result>(run: (...told: Args) => Result) =>
			(...told: Args) => {
				mine.watch.heard();
				return run(...told);
			};
		const lost = (error: HoldfastError) => {
			const now = environment.now();
			const { retryAfter } = error;
			reason = error;
			away = now + (retryAfter ?? 0);
			dispatch({ type: "lost", lived: now - (mine.openedAt ?? now), retryAfter });
		};
		const link = way(setup, {
			opened: on((transport) => {
				mine.openedAt ??= environment.now();
				dispatch({ type: "opened" });
				if (mine.transport !== transport) emit("transport", transport);
				mine.transport = transport;
			}),
			heard: on(() => undefined),
			begun: on((channel, place) => feeds.get(channel)?.begun(place) ?? true),
			message: on((message) => feeds.get(message.channel)?.message(message)),
			gap: on((gap) => feeds.get(gap.channel)?.gap(gap) ?? false),
			live: on(() => undefined),
			refused: on((channel, error) => feeds.get(channel)?.refuse(error)),
			goaway: on((delay) => dispatch({ type: "goaway", delay })),
			lost,
		});
		const dead = () => lost(new HoldfastError("unreachable", "Nothing came."));
		const mine: Line = { number, link, watch: watch(environment, () => link.check(), dead) };
		line = mine;
		for (const channel of followed) link.follow(channel);
	};

	const drop = () => {
		line?.watch.stop();
		line?.link.close();
		line = undefined;
	};

	const hold = (channel: string) => {
		followed.delete(channel);
		line?.link.leave(channel);
	};

	return {
		get state() {
			return shown();
		},
		get link() {
			return state.phase === "open" ? line?.link : undefined;
		},
		follow(channel) {
			followed.add(channel);
			line?.link.follow(channel);
			dispatch({ type: "wanted", away: away - environment.now() });
		},
		hold,
		leave(channel) {
			hold(channel);
			if (followed.size === 0) dispatch({ type: "unwanted" });
		},
		wake() {
			line?.watch.look();
			dispatch({ type: "wake" });
		},
		close: () => dispatch({ type: "close" }),
	};
}
