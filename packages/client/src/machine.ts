/**
 * The connection as a total table of state by event. It is pure: a state says which links there are to be and how long to wait,
 * and `Connection` opens, drops and waits until it is so. A link is known by its number.
 *
 * ```
 *             wanted             opened               elapsed, after goaway
 *   ┌──────┐ ───────▶ ┌─────────┐ ──────▶ ┌──────┐ ──────────────────────────▶ ┌────────┐
 *   │ idle │          │ opening │         │ open │                             │ moving │
 *   └──────┘          └─────────┘         └──────┘ ◀────────────────────────── └────────┘
 *      ▲               ▲  │    ▲             │      ready: changed over;           │
 *      │ unwanted,     │  │    │             │      lost, the new one: as before;  │
 *      │ from anywhere │  │    │             │      lost, the old one, with the    │
 *                      │  │    │             │      new one open: that is used     │
 *    elapsed: time is  │  │    └─────────────┼─────────────────────────────────────┘
 *    up; wake: look at │  │ lost             │ lost     lost, the old one, with the
 *    once              │  ▼                  │          new one not open yet
 *                     ┌─────────┐            │
 *                     │ waiting │ ◀──────────┘
 *                     └─────────┘         close, from anywhere: closed
 * ```
 *
 * While moving, the link in use goes on until the new one is open and has caught up.
 */

export type Phase = "idle" | "opening" | "open" | "moving" | "waiting" | "closed";

/** `elapsed` comes after a time between these two, in milliseconds. */
export interface Pause {
	readonly least: number;
	readonly most: number;
}

export interface State {
	readonly phase: Phase;
	/** How many links there have been: the number of the last one. */
	readonly links: number;
	/** The link in use. */
	readonly current?: number | undefined;
	/** The link that is to take its place, or the first one's; and whether it is open. */
	readonly next?: number | undefined;
	readonly nextOpen?: boolean;
	/** Links lost without one that lasted. */
	readonly failures: number;
	/** Each one is a new wait, also where it is as long as the one before. */
	readonly pause?: Pause | undefined;
}

export type Event =
	/** `away`: how long the server has asked to stay away, still. */
	| { readonly type: "wanted"; readonly away: number }
	| { readonly type: "unwanted" | "elapsed" | "wake" | "close" }
	| { readonly type: "opened" | "ready"; readonly link: number }
	/** `lived`: milliseconds that it was open; `retryAfter`: how long the server asks to stay away. */
	| { readonly type: "lost"; readonly link: number; readonly lived: number; readonly retryAfter: number | undefined }
	| { readonly type: "goaway"; readonly link: number; readonly delay: number };

/** A link that has lived so long, in milliseconds, ends a row of failures. */
const lasting = 10_000;
const firstRetry = 500;
const longestRetry = 30_000;

type Of<Type> = Extract<Event, { readonly type: Type }>;
type Cell<Type> = (state: State, event: Of<Type>) => State;
type Table = { readonly [P in Phase]: { readonly [Type in Event["type"]]: Cell<Type> } };

const stay = (state: State): State => state;
const idle = (state: State) => rest(state, "idle");
const over = (state: State) => rest(state, "closed");

// biome-ignore format: a table.
const table: Table = {
	idle:    { wanted: want, unwanted: stay, opened: stay, ready: stay, lost: stay,  elapsed: stay, goaway: stay, wake: stay,  close: over },
	opening: { wanted: stay, unwanted: idle, opened: use,  ready: stay, lost: retry, elapsed: stay, goaway: stay, wake: stay,  close: over },
	open:    { wanted: stay, unwanted: idle, opened: stay, ready: stay, lost: retry, elapsed: move, goaway: plan, wake: stay,  close: over },
	moving:  { wanted: stay, unwanted: idle, opened: note, ready: use,  lost: lose,  elapsed: stay, goaway: stay, wake: stay,  close: over },
	waiting: { wanted: stay, unwanted: idle, opened: stay, ready: stay, lost: stay,  elapsed: open, goaway: stay, wake: hurry, close: over },
	closed:  { wanted: stay, unwanted: stay, opened: stay, ready: stay, lost: stay,  elapsed: stay, goaway: stay, wake: stay,  close: stay },
};

export const begin: State = { phase: "idle", links: 0, failures: 0 };

export function step(state: State, event: Event): State {
	return (table[state.phase][event.type] as Cell<Event["type"]>)(state, event);
}

function want(state: State, { away }: Of<"wanted">): State {
	return away > 0 ? { ...state, phase: "waiting", pause: wait(away, away * 1.25) } : open(state);
}

function open(state: State): State {
	return next(rest(state, "opening"));
}

function move(state: State): State {
	return next({ ...state, phase: "moving", pause: undefined });
}

function next(state: State): State {
	const links = state.links + 1;
	return { ...state, links, next: links, nextOpen: false };
}

/** Whatever was open before is dropped. */
function use(state: State): State {
	return { ...rest(state, "open"), current: state.next };
}

function plan(state: State, { delay }: Of<"goaway">): State {
	return { ...state, pause: wait(delay) };
}

function note(state: State): State {
	return { ...state, nextOpen: true };
}

function lose(state: State, { link }: Of<"lost">): State {
	if (link === state.next) return { ...state, phase: "open", next: undefined };
	return state.nextOpen ? use(state) : { ...state, phase: "opening", current: undefined };
}

/** Waits, with full jitter, so that clients that lost one server together do not come back together. */
function retry(state: State, { lived, retryAfter = 0 }: Of<"lost">): State {
	const failures = lived < lasting ? state.failures : 0;
	const most = Math.min(longestRetry, firstRetry * 2 ** failures);
	return {
		...rest(state, "waiting"),
		failures: failures + 1,
		pause: wait(retryAfter, retryAfter + Math.max(most, retryAfter / 4)),
	};
}

/** The network came back, or the page: there is no need to wait, unless the server asked for it. */
function hurry(state: State): State {
	return state.pause?.least === 0 ? open(state) : state;
}

function rest({ links, failures }: State, phase: Phase): State {
	return { phase, links, failures };
}

function wait(least: number, most = least): Pause {
	return { least, most };
}
