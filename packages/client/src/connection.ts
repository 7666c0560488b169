/** Makes it so what the machine says: opens and drops links, and looks at once whether all is well when something outside has changed. */
import type { Emit } from "./emitter.ts";
import type { Environment } from "./environment.ts";
import { HoldfastError } from "./error.ts";
import type { Source } from "./feed.ts";
import { begin, type Event, type Phase, type State, step } from "./machine.ts";
import { createTimer } from "./timer.ts";
import { createWatch, type Watch } from "./watch.ts";
import type { Access, Link, Sink, TransportName, Way } from "./way.ts";

/** `idle`: nothing is subscribed. `waiting`: not connected, until the next try. `closed`: for good. */
export type ConnectionState = Phase;

export interface ConnectionEvents {
	/** `reason`: why the last link was lost, where none has been open since. */
	state: [state: ConnectionState, reason: HoldfastError | undefined];
	/** Messages come this way from now on. */
	transport: [name: TransportName];
}

export interface Connection extends Source {
	state(): ConnectionState;
	/** The link in use, where there is one. */
	link(): Link | undefined;
	/** Nobody wants the channel any more. */
	leave(channel: string): void;
	close(): void;
}

/** `hurry`: told when there may be a connection again. */
export function createConnection(way: Way, access: Access, emit: Emit<ConnectionEvents>, hurry: () => void): Connection {
	const { environment } = access;
	const followed = new Map<string, Sink>();
	/** Open or being opened. */
	let link: Link | undefined;
	let watch: Watch | undefined;
	let transport: TransportName | undefined;
	let reason: HoldfastError | undefined;
	/** Until when the server has asked to stay away. */
	let away = 0;
	let unhint: (() => void) | undefined;

	const machine = runMachine(environment, (phase) => {
		if (phase !== "open") {
			watch?.stop();
			link?.close();
			link = transport = undefined;
		}
		if (phase === "connecting") open();
		emit("state", phase, reason);
	});

	const open = () => {
		let openedAt: number | undefined;
		const lost = (error: HoldfastError) => {
			const now = environment.now();
			const { retryAfter } = error;
			reason = error;
			away = now + (retryAfter ?? 0);
			machine.dispatch({ type: "lost", lived: now - (openedAt ?? now), retryAfter });
		};
		const heard = () => watch?.heard();
		const opened = (name: TransportName) => {
			heard();
			if (openedAt === undefined) hurry();
			openedAt ??= environment.now();
			reason = undefined;
			machine.dispatch({ type: "opened" });
			if (transport !== name) emit("transport", name);
			transport = name;
		};
		const made = way(access, { opened, heard, goaway: (delay) => machine.dispatch({ type: "goaway", delay }), lost });
		const dead = () => lost(new HoldfastError());
		watch = createWatch(environment, () => made.check(), dead);
		link = made;
		for (const [channel, sink] of followed) made.follow(channel, sink);
	};

	const hold = (channel: string) => {
		followed.delete(channel);
		link?.leave(channel);
	};

	const wake = () => {
		watch?.look();
		machine.dispatch({ type: "wake" });
		hurry();
	};

	return {
		state: machine.phase,
		link: () => (machine.phase() === "open" ? link : undefined),
		follow(channel, sink) {
			unhint ??= environment.hints((hint) => hint === "change" && wake());
			followed.set(channel, sink);
			link?.follow(channel, sink);
			machine.dispatch({ type: "wanted", away: away - environment.now() });
		},
		hold,
		leave(channel) {
			hold(channel);
			if (followed.size > 0) return;
			unhint?.();
			unhint = undefined;
			machine.dispatch({ type: "unwanted" });
		},
		close: () => machine.dispatch({ type: "close" }),
	};
}

/** Tells the machine one event after another, since what is done about one may bring the next, and when its pause is over. */
function runMachine(environment: Environment, changed: (phase: Phase) => void) {
	const events: Event[] = [];
	let state = begin;
	const timer = createTimer(environment);

	const dispatch = (event: Event) => {
		if (events.push(event) > 1) return;
		for (let one = events[0]; one !== undefined; one = events[0]) {
			const before = state;
			state = step(state, one);
			if (state.pause !== before.pause) wait(state);
			if (state.phase !== before.phase) changed(state.phase);
			events.shift();
		}
	};
	const wait = ({ pause }: State) => {
		if (pause === undefined) return timer();
		const ms = pause.least + environment.random() * (pause.most - pause.least);
		timer(ms, () => dispatch({ type: "elapsed" }));
	};

	return { phase: () => state.phase, dispatch };
}
