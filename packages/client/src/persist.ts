import { hashNames, parseCursor } from "@holdfast/protocol";
import type { Environment, Store } from "./environment.ts";

/** Where cursors are kept over a reload: for this tab, for this browser, or where you say. */
export type Persist = "session" | "local" | Store;

/** Keeps the cursor of each channel, of one user at one server. */
export interface Keeper {
	get(channel: string): string | undefined;
	set(channel: string, cursor: string): void;
	/** Writes what is not written yet. */
	flush(): void;
}

/** `scope` names the server and the user; undefined where the user is not known. */
export type Keep = (environment: Environment, scope: readonly string[] | undefined) => Keeper;

/** Milliseconds between two writes: a store of the browser writes while the page waits. */
const pause = 250;

export function keepCursors(persist: Persist): Keep {
	return (environment, scope) => {
		if (scope === undefined) throw new TypeError("Where the token is a function, name the user: users never share cursors.");
		const store = typeof persist === "string" ? environment.store(persist) : persist;
		// Of the token only a hash is kept.
		const keyOf = (channel: string) => `holdfast:${hashNames(scope)}:${channel}`;
		const unwritten = new Map<string, string>();
		let cancel: (() => void) | undefined;
		const flush = () => {
			cancel?.();
			cancel = undefined;
			for (const [channel, cursor] of unwritten) store.set(keyOf(channel), cursor);
			unwritten.clear();
		};
		return {
			get(channel) {
				const text = unwritten.get(channel) ?? store.get(keyOf(channel));
				// Others write to such stores as well.
				return text && parseCursor(text) ? text : undefined;
			},
			set(channel, cursor) {
				unwritten.set(channel, cursor);
				cancel ??= environment.after(pause, flush);
			},
			flush,
		};
	};
}
