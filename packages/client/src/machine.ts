/**
 * The connection as a total table of state by event. It is pure: a state says whether there is to be a link and how long to wait,
 * and `Connection` opens, drops and waits until it is so.
 *
 * ```
 *             wanted              opened
 *   ┌──────┐ ───────▶ ┌────────────┐ ──────▶ ┌──────┐
 *   │ idle │          │ connecting │         │ open │
 *   └──────┘          └────────────┘ ◀────── └──────┘
 *      ▲               ▲   │   elapsed, after  │ goaway
 *      │ unwanted,     │   │                   │
 *      │ from anywhere │   │ lost              │ lost
 *                      │   ▼                   │
 *    elapsed: time    ┌─────────┐              │
 *    is up; wake: ─── │ waiting │ ◀────────────┘
 *    look at once     └─────────┘
 *                                 close, from anywhere: closed
 * ```
 *
 * What chooses among several ways, and changes from one to another, is a way itself (`choose.ts`): it is all one link from here.
 */

export type Phase = "idle" | "connecting" | "open" | "waiting" | "closed";

/** `elapsed` comes after a time between these two, in milliseconds. */
export interface Pause {
	readonly least: number;
	readonly most: number;
}

export interface State {
	readonly phase: Phase;
	/** Links lost without one that lasted. */
	readonly failures: number;
	/** Each one is a new wait, also where it is as long as the one before. */
	readonly pause?: Pause | undefined;
}

export type Event =
	/** `away`: how long the server has asked to stay away, still; not above 0 where it has not. */
	| { readonly type: "wanted"; readonly away: number }
	| { readonly type: "unwanted" | "opened" | "elapsed" | "wake" | "close" }
	/** `lived`: milliseconds that it was open; `retryAfter`: how long the server asks to stay away. */
	| { readonly type: "lost"; readonly lived: number; readonly retryAfter: number | undefined }
	| { readonly type: "goaway"; readonly delay: number };

/** A link that has lived so long, in milliseconds, ends a row of failures. */
const lasting = 10_000;
const firstRetry = 500;
const longestRetry = 30_000;

type Of<Type> = Extract<Event, { readonly type: Type }>;
type Cell<Type> = (state: State, event: Of<Type>) => State;
type Table = { readonly [P in Phase]: { readonly [Type in Event["type"]]: Cell<Type> } };

const stay = (state: State): State => state;
const idle = (state: State) => rest(state, "idle");
const use = (state: State) => rest(state, "open");
const over = (state: State) => rest(state, "closed");

// biome-ignore format: a table.
const table: Table = {
	idle:    { wanted: want, unwanted: stay, opened: stay, lost: stay,  elapsed: stay, goaway: stay, wake: stay,  close: over },
	connecting: { wanted: stay, unwanted: idle, opened: use,  lost: retry, elapsed: stay, goaway: stay, wake: stay,  close: over },
	open:    { wanted: stay, unwanted: idle, opened: stay, lost: retry, elapsed: open, goaway: plan, wake: stay,  close: over },
	waiting: { wanted: stay, unwanted: idle, opened: stay, lost: stay,  elapsed: open, goaway: stay, wake: hurry, close: over },
	closed:  { wanted: stay, unwanted: stay, opened: stay, lost: stay,  elapsed: stay, goaway: stay, wake: stay,  close: stay },
};

export const begin: State = { phase: "idle", failures: 0 };

export function step(state: State, event: Event): State {
	return (table[state.phase][event.type] as Cell<Event["type"]>)(state, event);
}

function want(state: State, { away }: Of<"wanted">): State {
	return away > 0 ? wait(state, away) : open(state);
}

/** A new link; one that is there is dropped. */
function open(state: State): State {
	return rest(state, "connecting");
}

function plan(state: State, { delay }: Of<"goaway">): State {
	return { ...state, pause: { least: delay, most: delay } };
}

function retry({ phase, failures }: State, { lived, retryAfter }: Of<"lost">): State {
	return wait({ phase, failures: lived < lasting ? failures + 1 : 1 }, retryAfter);
}

/**
 * With full jitter, so that clients that lost one server together do not come back together. A server that says for how long
 * knows better than a row of failures.
 */
function wait(state: State, least = 0): State {
	const most = 2 * least || Math.min(longestRetry, (firstRetry / 2) * 2 ** state.failures);
	return { ...rest(state, "waiting"), pause: { least, most } };
}

/** The network came back, or the page: there is no need to wait, unless the server asked for it. */
function hurry(state: State): State {
	return state.pause?.least === 0 ? open(state) : state;
}

function rest({ failures }: State, phase: Phase): State {
	return { phase, failures };
}
