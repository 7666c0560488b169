/** Makes it so what the machine says: opens and drops links, and looks at once whether all is well when something outside has changed. */
import type { Emit } from "./emitter.ts";
import { HoldfastError } from "./error.ts";
import type { Source } from "./feed.ts";
import { begin, type Event, type Phase, step } from "./machine.ts";
import { createWatch, type Watch } from "./watch.ts";
import type { Access, Link, Sink, TransportName, Way } from "./way.ts";

/** `idle`: nothing is subscribed. `waiting`: not connected, until the next try. `closed`: for good. */
export type ConnectionState = Phase;

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
	close(): void;
}

/** `hurry`: told when there may be a connection again. */
export function createConnection(way: Way, access: Access, emit: Emit<ConnectionEvents>, hurry: () => void): Connection {
	const { environment } = access;
	const followed = new Map<string, Sink>();
	const events: Event[] = [];
	let state = begin;
	/** Open or being opened. */
	let link: Link | undefined;
	let watching: Watch | undefined;
	let reason: HoldfastError | undefined;
	/** Until when the server has asked to stay away. */
	let away = 0;
	let cancel: (() => void) | undefined;
	let unhint: (() => void) | undefined;

	/** One event after another: what is done about one may bring the next. */
	const dispatch = (event: Event) => {
		if (events.push(event) > 1) return;
		for (let one = events[0]; one !== undefined; one = events[0]) {
			const before = state;
			state = step(state, one);
			const { phase } = state;
			if (phase !== before.phase && phase !== "open") renew();
			if (state.pause !== before.pause) wait();
			if (phase !== before.phase) emit("state", phase, phase === "waiting" ? reason : undefined);
			events.shift();
		}
	};

	const wait = () => {
		cancel?.();
		if (state.pause === undefined) return;
		const { least, most } = state.pause;
		cancel = environment.after(least + environment.random() * (most - least), () => dispatch({ type: "elapsed" }));
	};

	/** Drops the link that is there, and opens another one where there is to be one. */
	const renew = () => {
		watching?.stop();
		link?.close();
		link = undefined;
		if (state.phase === "connecting") open();
	};

	const open = () => {
		let openedAt: number | undefined;
		let transport: TransportName | undefined;
		const lost = (error: HoldfastError) => {
			const now = environment.now();
			const { retryAfter } = error;
			reason = error;
			away = now + (retryAfter ?? 0);
			dispatch({ type: "lost", lived: now - (openedAt ?? now), retryAfter });
		};
		const opened = way(access, {
			opened(name) {
				watch.heard();
				openedAt ??= environment.now();
				dispatch({ type: "opened" });
				if (transport === name) return;
				transport = name;
				emit("transport", name);
				hurry();
			},
			heard: () => watch.heard(),
			goaway: (delay) => dispatch({ type: "goaway", delay }),
			lost,
		});
		const watch = createWatch(environment, opened.check, () => lost(new HoldfastError(undefined, "Nothing came.")));
		link = opened;
		watching = watch;
		for (const [channel, sink] of followed) link.follow(channel, sink);
	};

	const hold = (channel: string) => {
		followed.delete(channel);
		link?.leave(channel);
	};

	const wake = () => {
		watching?.look();
		dispatch({ type: "wake" });
		hurry();
	};

	return {
		get state() {
			return state.phase;
		},
		get link() {
			return state.phase === "open" ? link : undefined;
		},
		follow(channel, sink) {
			unhint ??= environment.hints((hint) => hint === "change" && wake());
			followed.set(channel, sink);
			link?.follow(channel, sink);
			dispatch({ type: "wanted", away: away - environment.now() });
		},
		hold,
		leave(channel) {
			hold(channel);
			if (followed.size > 0) return;
			unhint?.();
			unhint = undefined;
			dispatch({ type: "unwanted" });
		},
		close: () => dispatch({ type: "close" }),
	};
}
