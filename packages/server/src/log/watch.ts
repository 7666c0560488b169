/**
 * One channel that somebody here watches: how far they have been told, and that they are told everything behind it, once and in
 * order. What this node appended is told as it is; what others did is read, once for all who watch.
 */
import { type Cursor, sameCursor } from "@holdfast/protocol";
import type { Limit, LogPage, Start } from "./log.ts";

const page: Limit = { messages: 500, bytes: 1024 * 1024 };

export interface Watch {
	/** How far it has been told; undefined before it has begun. */
	readonly at: Cursor | undefined;
	/** Resolves when everything that is stored from then on will be told. Rejects when it could not be begun now. */
	begin(): Promise<void>;
	/** This node stored these. Resolves when they have been told. */
	added(told: LogPage): Promise<void>;
	/** The channel may have grown. Resolves when what there is has been told. */
	look(): Promise<void>;
}

/** `listen` begins the hints; `read` reads past the watch itself; `tell` hands a page on. */
export function openWatch(
	listen: () => Promise<void>,
	read: (start: Start, limit: Limit) => Promise<LogPage>,
	tell: (page: LogPage) => void,
): Watch {
	let at: Cursor | undefined;
	let work: Promise<void> = Promise.resolve();

	/** One piece of work after another: two reads of the same place would be told twice. */
	const inTurn = (run: () => Promise<void>): Promise<void> => {
		const done = work.then(run);
		work = done.catch(() => undefined);
		return done;
	};
	const take = (told: LogPage) => {
		at = told.next;
		if (told.messages.length > 0 || told.gap) tell(told);
	};
	const begin = async () => {
		if (at !== undefined) return;
		await listen();
		at = (await read("now", { messages: 0, bytes: 0 })).next;
	};
	const pull = async () => {
		await begin();
		for (let more = true; more; ) {
			const next = await read(at as Cursor, page);
			take({ ...next, more: false });
			more = next.more;
		}
	};
	return {
		get at() {
			return at;
		},
		begin: async () => (at === undefined ? inTurn(begin) : undefined),
		added: (told) =>
			inTurn(async () => {
				if (at && sameCursor(at, told.after)) take(told);
				// Others were quicker, or it has been read already.
				else if (!at || at.epoch !== told.next.epoch || at.offset < told.next.offset) await pull();
			}),
		look: () => inTurn(pull),
	};
}
