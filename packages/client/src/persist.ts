import { type Cursor, formatCursor, parseCursor } from "@holdfast/protocol";
import type { Layer } from "./client.ts";
import type { Environment, Store } from "./environment.ts";
import { scopeOf } from "./scope.ts";
import { storeOf } from "./storage.ts";

/** Where cursors are kept over a reload: for this tab, for this browser, or where you say. */
export type Persist = "session" | "local" | Store;

/** Milliseconds between two writes: a store of the browser writes while the page waits. */
const pause = 250;

/** Keeps the cursor of each channel, of one user at one server: who subscribes without saying where goes on there. */
export function keepCursors(persist: Persist): Layer {
	return (host, about) => {
		const { environment } = about;
		const scope = scopeOf(about);
		if (scope === undefined) throw new TypeError("Where the token is a function, name the user: users never share cursors.");
		const cursors = new Cursors(typeof persist === "string" ? storeOf(environment, persist) : persist, scope, environment);
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
				const kept = start || cursors.get(channel);
				if (typeof kept === "string") begin(kept);
				else void kept.then(begin);
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
class Cursors {
	readonly #store: Store;
	readonly #scope: string;
	readonly #environment: Environment;
	/** For each channel, how far each of its readers is. */
	readonly #handled = new Map<string, Set<{ at?: Cursor | undefined }>>();
	readonly #unwritten = new Map<string, string>();
	#cancel: (() => void) | undefined;
	#unhint: (() => void) | undefined;

	constructor(store: Store, scope: string, environment: Environment) {
		this.#store = store;
		this.#scope = scope;
		this.#environment = environment;
	}

	/** Where to go on; `now` where nothing is kept. */
	get(channel: string): string | Promise<string> {
		// Others write to such stores as well.
		const check = (text: unknown) => (typeof text === "string" && parseCursor(text) ? text : "now");
		const kept = this.#unwritten.get(channel) ?? this.#store.get(`${this.#scope}:${channel}`);
		return kept instanceof Promise ? kept.then(check, check) : check(kept);
	}

	/** One more reader of a channel. */
	read(channel: string): { move(cursor: string): void; leave(): void } {
		const mine: { at?: Cursor | undefined } = {};
		const all = this.#handled.get(channel) ?? new Set();
		this.#handled.set(channel, all.add(mine));
		this.#unhint ??= this.#environment.hints((hint) => hint === "hide" && this.#flush());
		return {
			move: (cursor) => {
				mine.at = parseCursor(cursor);
				this.#keep(channel, all);
			},
			leave: () => {
				if (!all.delete(mine)) return;
				// It may have been the one furthest behind.
				this.#keep(channel, all);
				if (all.size === 0) this.#handled.delete(channel);
				if (this.#handled.size > 0) return;
				this.#flush();
				this.#unhint?.();
				this.#unhint = undefined;
			},
		};
	}

	/** Keeps the cursor up to which all readers have handled everything. */
	#keep(channel: string, readers: Iterable<{ at?: Cursor | undefined }>): void {
		const cursor = least(Array.from(readers, ({ at }) => at));
		if (cursor === undefined) return;
		this.#unwritten.set(channel, formatCursor(cursor));
		this.#cancel ??= this.#environment.after(pause, () => this.#flush());
	}

	#flush(): void {
		this.#cancel?.();
		this.#cancel = undefined;
		for (const [channel, cursor] of this.#unwritten) this.#store.set(`${this.#scope}:${channel}`, cursor);
		this.#unwritten.clear();
	}
}

/** The one furthest behind, of those that are of the first one's life. */
function least(cursors: readonly (Cursor | undefined)[]): Cursor | undefined {
	return cursors.reduce((a, b) => (a && b && b.epoch === a.epoch && b.offset < a.offset ? b : (a ?? b)), undefined);
}
