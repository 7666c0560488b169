import { type Cursor, formatCursor, parseCursor } from "@holdfast/protocol";
import type { Layer } from "./client.ts";
import type { Environment, Store } from "./environment.ts";
import { scopeOf } from "./scope.ts";
import { storeOf } from "./storage.ts";
import { createTimer } from "./timer.ts";

/** Where cursors are kept over a reload: for this tab, for this browser, or where you say. */
export type Persist = "session" | "local" | Store;

/** Milliseconds between two writes: a store of the browser writes while the page waits. */
const pause = 250;

/** Keeps the cursor of each channel, of one user at one server: who subscribes without saying where goes on there. */
export function keepCursors(persist: Persist): Layer {
	return (host, about) => {
		const { environment } = about;
		const scope = scopeOf(about);
		if (scope === undefined) throw new TypeError("Name the user, to keep cursors.");
		const cursors = createCursors(typeof persist === "string" ? storeOf(environment, persist) : persist, scope, environment);
		return {
			...host,
			join(channel, start, handlers) {
				const { move, leave } = cursors.read(channel);
				let end: (() => void) | undefined = () => undefined;
				const begin = (from: string) => {
					end &&= host.join(channel, from, {
						...handlers,
						begun(cursor) {
							move(cursor);
							handlers.begun?.(cursor);
						},
						moved: move,
						ended(error) {
							leave();
							handlers.ended(error);
						},
					});
				};
				if (start) begin(start);
				else void cursors.get(channel).then(begin, () => begin("now"));
				return () => {
					end?.();
					end = undefined;
					leave();
				};
			},
		};
	};
}

/** How far each channel has been handled, and what of that is written. */
function createCursors(store: Store, scope: string, environment: Environment) {
	/** For each channel, how far each of its readers is. */
	const handled = new Map<string, Set<Place>>();
	const unwritten = new Map<string, string>();
	const timer = createTimer(environment);
	let unhint: (() => void) | undefined;

	const flush = () => {
		timer();
		for (const [channel, cursor] of unwritten) store.set(`${scope}:${channel}`, cursor);
		unwritten.clear();
	};
	/** Keeps the cursor up to which all readers have handled everything. */
	const keep = (channel: string, readers: ReadonlySet<Place>) => {
		const cursor = least([...readers]);
		if (!cursor) return;
		if (unwritten.size === 0) timer(pause, flush);
		unwritten.set(channel, formatCursor(cursor));
	};

	return {
		/** Where to go on; `now` where nothing is kept. */
		async get(channel: string): Promise<string> {
			const text = String(unwritten.get(channel) ?? (await store.get(`${scope}:${channel}`)));
			// Others write to such stores as well.
			return parseCursor(text) ? text : "now";
		},
		/** One more reader of a channel. */
		read(channel: string) {
			const mine: Place = {};
			const readers = handled.get(channel) ?? new Set();
			handled.set(channel, readers.add(mine));
			unhint ??= environment.hints((hint) => hint === "hide" && flush());
			return {
				move(cursor: string) {
					mine.at = parseCursor(cursor);
					keep(channel, readers);
				},
				leave() {
					if (!readers.delete(mine)) return;
					// It may have been the one furthest behind.
					keep(channel, readers);
					if (readers.size === 0) handled.delete(channel);
					if (handled.size > 0) return;
					flush();
					unhint?.();
					unhint = undefined;
				},
			};
		},
	};
}

/** Of one reader; unknown before it has begun. */
interface Place {
	at?: Cursor | undefined;
}

/** The one furthest behind, of those that are of the first one's life. */
function least(places: readonly Place[]): Cursor | undefined {
	const cursors = places.map(({ at }) => at);
	return cursors.reduce((a, b) => (a && b && b.epoch === a.epoch && b.offset < a.offset ? b : (a ?? b)), undefined);
}
