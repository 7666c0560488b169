/**
 * The connection as a total table of state by event. It is pure: a state says which links there are to be and how long to wait,
 * and `Connection` opens, drops and waits until it is so. A link is known by its number, a way by its rank: 0 is the best.
 *
 * ```
 *             wanted                    opened
 *   ┌──────┐ ───────▶ ┌──────────┐ ────────────────▶ ┌──────┐
 *   │ idle │          │ choosing │   (no better way  │ open │ ◀──────────────────────┐
 *   └──────┘          └──────────┘    under way)     └──────┘                        │
 *      ▲                ▲  │    │ opened               │  │ elapsed: a better way is  │ ready: changed over
 *      │ unwanted,      │  │    │ (a better one is     │  │ tried, or, after goaway,  │ lost: the trial failed
 *      │ from anywhere  │  │    │  under way)          │  ▼ the same one anew         │
 *                       │  │    └───────────────────▶ ┌────────┐ ────────────────────┘
 *      elapsed: it is   │  │ lost: every way failed   │ moving │
 *      time; wake: look │  ▼                          └────────┘
 *      at once          ┌─────────┐   lost     (open) │   │ lost, and what was tried is not open yet
 *                       │ waiting │ ◀─────────────────┘   └──▶ choosing
 *                       └─────────┘
 *                                     close, from anywhere: closed
 * ```
 *
 * While choosing, ways are tried one after another, each with a short head start before the next is tried beside it; the
 * first that opens is used. While moving, the link in use goes on until the new one is open and has caught up.
 */

export type Phase = "idle" | "choosing" | "open" | "moving" | "waiting" | "closed";

/** A link that is open or being opened. */
export interface Try {
	readonly link: number;
	readonly way: number;
	readonly opened: boolean;
}

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
	readonly current: Try | undefined;
	/** Links that are to take its place, or the first one's. */
	readonly trying: readonly Try[];
	/** The ways of this choice that have not been tried, in order. */
	readonly untried: readonly number[];
	/** The way that worked last. */
	readonly favourite: number;
	/** For each way, how often it has failed, or was cut soon after it had opened. */
	readonly strikes: readonly number[];
	/** Choices without a link that lasted. */
	readonly failures: number;
	/** Trials of a better way since the last link that lasted. */
	readonly probes: number;
	/** Each one is a new wait, also where it is as long as the one before. */
	readonly pause: Pause | undefined;
}

export type Event =
	| { readonly type: "wanted" | "unwanted" | "elapsed" | "wake" | "close" }
	| { readonly type: "opened" | "ready"; readonly link: number }
	/** `lived`: milliseconds that it was open; `retryAfter`: how long the server asks to stay away. */
	| { readonly type: "lost"; readonly link: number; readonly lived: number; readonly retryAfter: number | undefined }
	| { readonly type: "goaway"; readonly link: number; readonly delay: number };

/** Milliseconds before the next way is tried beside one that has not opened. */
const headStart = 300;
/** A link that has lived so long shows that its way works. */
const lasting = 60_000;
/** A link that was cut sooner is a strike against its way; after so many, others are tried before it. */
const early = 10_000;
const mostStrikes = 3;
const firstProbe = 30_000;
const longestProbe = 600_000;
const firstRetry = 500;
const longestRetry = 30_000;

type Of<Type> = Extract<Event, { readonly type: Type }>;
type Cell<Type> = (state: State, event: Of<Type>) => State;
type Table = { readonly [P in Phase]: { readonly [Type in Event["type"]]: Cell<Type> } };

const stay = (state: State): State => state;
const idle = rest("idle");
const over = rest("closed");

// biome-ignore format: a table.
const table: Table = {
	idle:     { wanted: choose, unwanted: stay, opened: stay, ready: stay, lost: stay,    elapsed: stay,    goaway: stay,  wake: stay,  close: over },
	choosing: { wanted: stay,   unwanted: idle, opened: win,  ready: stay, lost: failOne, elapsed: tryNext, goaway: stay,  wake: stay,  close: over },
	open:     { wanted: stay,   unwanted: idle, opened: stay, ready: stay, lost: lose,    elapsed: probe,   goaway: renew, wake: stay,  close: over },
	moving:   { wanted: stay,   unwanted: idle, opened: note, ready: win,  lost: lose,    elapsed: anew,    goaway: renew, wake: stay,  close: over },
	waiting:  { wanted: stay,   unwanted: idle, opened: stay, ready: stay, lost: stay,    elapsed: choose,  goaway: stay,  wake: hurry, close: over },
	closed:   { wanted: stay,   unwanted: stay, opened: stay, ready: stay, lost: stay,    elapsed: stay,    goaway: stay,  wake: stay,  close: stay },
};

/** `ways`: how many there are. `favourite`: the rank of the one that last worked here. */
export function begin(ways: number, favourite: number): State {
	return {
		phase: "idle",
		links: 0,
		current: undefined,
		trying: [],
		untried: [],
		favourite,
		strikes: Array<number>(ways).fill(0),
		failures: 0,
		probes: 0,
		pause: undefined,
	};
}

export function step(state: State, event: Event): State {
	return (table[state.phase][event.type] as Cell<Event["type"]>)(state, event);
}

/** Begins to choose: the favourite first, those that keep failing last. */
function choose(state: State): State {
	const weight = (way: number) => (strikesOf(state, way) >= mostStrikes ? 2 : 0) + (way === state.favourite ? 0 : 1);
	const untried = [...state.strikes.keys()].sort((a, b) => weight(a) - weight(b) || a - b);
	return tryNext({ ...state, phase: "choosing", untried });
}

function tryNext(state: State): State {
	const [way, ...untried] = state.untried;
	const pause = untried.length > 0 ? wait(headStart) : undefined;
	return open({ ...state, untried, pause }, way);
}

function open(state: State, way: number | undefined): State {
	const link = state.links + 1;
	return way === undefined ? state : { ...state, links: link, trying: [...state.trying, { link, way, opened: false }] };
}

/** The first to open when there was none, or one that has caught up with the link in use. */
function win(state: State, { link }: Of<"opened" | "ready">): State {
	const won = state.trying.find((one) => one.link === link);
	return won === undefined ? state : use(state, won);
}

function note(state: State, { link }: Of<"opened">): State {
	return { ...state, trying: state.trying.map((one) => (one.link === link ? { ...one, opened: true } : one)) };
}

/** Makes a link the one in use. Better ways that are still being opened may go on; what was in use and the rest are dropped. */
function use(state: State, current: Try): State {
	const trying = state.trying.filter(({ way }) => way < current.way);
	const next: State = { ...state, phase: "moving", current, trying, untried: [], favourite: current.way, pause: undefined };
	return trying.length > 0 ? next : settle(next);
}

/** Nothing is under way but the link in use; when it is not the best, a better one is tried after a while. */
function settle(state: State): State {
	const most = Math.min(longestProbe, firstProbe * 2 ** state.probes);
	return { ...state, phase: "open", pause: state.favourite > 0 ? wait(most / 2, most) : undefined };
}

/** Tries one of the better ways, another one each time. */
function probe(state: State): State {
	const { probes, favourite } = state;
	return open({ ...state, phase: "moving", probes: probes + 1, pause: undefined }, probes % favourite);
}

function renew(state: State, { link, delay }: Of<"goaway">): State {
	return state.current?.link === link ? { ...state, phase: "moving", pause: wait(delay) } : state;
}

function anew(state: State): State {
	return open({ ...state, pause: undefined }, state.current?.way);
}

function failOne(state: State, event: Of<"lost">): State {
	const next = judge(state, event);
	if (event.retryAfter === undefined && next.untried.length > 0) return tryNext(next);
	if (event.retryAfter === undefined && next.trying.length > 0) return next;
	// Where every way fails it is no way's fault.
	return retry({ ...next, strikes: next.strikes.map((count) => Math.max(0, count - 1)) }, event.retryAfter);
}

/** Loses the link in use, or one that was to take its place. */
function lose(state: State, event: Of<"lost">): State {
	const next = judge(state, event);
	const { trying, current, pause } = next;
	if (current !== undefined) return trying.length > 0 || pause !== undefined ? next : settle(next);
	const opened = trying.find((one) => one.opened);
	if (opened !== undefined) return use(next, opened);
	if (trying.length === 0 || event.retryAfter !== undefined) return retry(next, event.retryAfter);
	const untried = [...next.strikes.keys()].filter((way) => trying.every((one) => one.way !== way));
	return tryNext({ ...next, phase: "choosing", untried });
}

/** Takes a lost link out, and remembers what that says of its way. */
function judge(state: State, { link, lived, retryAfter }: Of<"lost">): State {
	const { current, trying, strikes, failures, probes } = state;
	const way = [current, ...trying].find((one) => one?.link === link)?.way ?? 0;
	const struck = strikesOf(state, way) + (lived < early && retryAfter === undefined ? 1 : 0);
	return {
		...state,
		current: current?.link === link ? undefined : current,
		trying: trying.filter((one) => one.link !== link),
		strikes: strikes.with(way, lived < lasting ? struck : 0),
		failures: lived < early ? failures : 0,
		probes: lived < lasting ? probes : 0,
	};
}

/** Waits, with full jitter, so that clients that lost one server together do not come back together. */
function retry(state: State, retryAfter = 0): State {
	const most = Math.min(longestRetry, firstRetry * 2 ** state.failures);
	const pause = wait(retryAfter, retryAfter + Math.max(most, retryAfter / 4));
	return { ...rest("waiting")(state), failures: state.failures + 1, pause };
}

/** The network came back, or the page: there is no need to wait, unless the server asked for it. */
function hurry(state: State): State {
	return state.pause?.least === 0 ? choose(state) : state;
}

function rest(phase: Phase): (state: State) => State {
	return (state) => ({ ...state, phase, current: undefined, trying: [], untried: [], pause: undefined });
}

function wait(least: number, most = least): Pause {
	return { least, most };
}

function strikesOf({ strikes }: State, way: number): number {
	return strikes[way] ?? 0;
}
