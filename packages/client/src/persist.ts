import { type Cursor, formatCursor, parseCursor } from "@holdfast/protocol";
import type { Layer } from "./client.ts";
import { scopeOf } from "./scope.ts";
import { type Store, storeOf } from "./storage.ts";

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
		const store: Store = typeof persist === "string" ? storeOf(environment, persist) : persist;
		const keyOf = (channel: string) => `${scope}:${channel}`;
		/** For each channel, how far each of its readers has handled it. */
		const handled = new Map<string, Set<{ at?: Cursor | undefined }>>();
		const unwritten = new Map<string, string>();
		let cancel: (() => void) | undefined;
		let unhint: (() => void) | undefined;

		const flush = () => {
			cancel?.();
			cancel = undefined;
			for (const [channel, cursor] of unwritten) store.set(keyOf(channel), cursor);
			unwritten.clear();
		};
		/** Keeps the cursor up to which all readers have handled everything. */
		const keep = (channel: string) => {
			const cursor = least(Array.from(handled.get(channel) ?? [], ({ at }) => at));
			if (cursor === undefined) return;
			unwritten.set(channel, formatCursor(cursor));
			cancel ??= environment.after(pause, flush);
		};

		return {
			...host,
			join(channel, start, handlers) {
				const mine: { at?: Cursor | undefined } = {};
				const all = handled.get(channel) ?? new Set();
				handled.set(channel, all.add(mine));
				unhint ??= environment.hints((hint) => hint === "hide" && flush());
				const move = (told: ((cursor: string) => void) | undefined) => (cursor: string) => {
					mine.at = parseCursor(cursor);
					keep(channel);
					told?.(cursor);
				};
				let left = false;
				let leave = (): void => undefined;
				const forget = () => {
					all.delete(mine);
					keep(channel);
					if (all.size === 0) handled.delete(channel);
					if (handled.size > 0) return;
					flush();
					unhint?.();
					unhint = undefined;
				};
				const begin = (from: string) => {
					const ended: typeof handlers.ended = (error) => {
						left = true;
						forget();
						handlers.ended(error);
					};
					leave = host.join(channel, from, { ...handlers, begun: move(handlers.begun), moved: move(handlers.moved), ended });
				};
				if (start !== "") begin(start);
				else {
					const kept = unwritten.get(channel) ?? store.get(keyOf(channel));
					// Others write to such stores as well.
					const from = (text: typeof kept) => (typeof text === "string" && parseCursor(text) ? text : "now");
					if (!(kept instanceof Promise)) begin(from(kept));
					else
						void kept
							.catch(() => undefined)
							.then((text) => {
								if (!left) begin(from(text));
							});
				}
				return () => {
					if (left) return;
					left = true;
					leave();
					forget();
				};
			},
		};
	};
}

/** The one furthest behind, of those that are of the first one's life. */
function least(cursors: readonly (Cursor | undefined)[]): Cursor | undefined {
	return cursors.reduce((a, b) => (a && b && b.epoch === a.epoch && b.offset < a.offset ? b : (a ?? b)), undefined);
}
