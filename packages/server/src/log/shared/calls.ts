/** What a worker asks of the owner of the store, and what it is told. The owner is trusted, and so is the worker. */
import type { Cursor, ErrorCode } from "@holdfast/protocol";
import type { Draft, Receipt } from "../log.ts";

/** By name: what is asked, and what is answered. */
export interface Calls {
	/** Answered when nothing is being written, which stays so until `entered`: now the worker may open the store. */
	readonly enter: { readonly asks: undefined; readonly answers: undefined };
	/** Nothing is kept after `until`, in milliseconds since 1970: the worker has said by then that it is not. */
	readonly append: {
		readonly asks: { readonly drafts: readonly Draft[]; readonly until: number };
		readonly answers: readonly Receipt[];
	};
	readonly remove: { readonly asks: string; readonly answers: undefined };
	/** Has a damaged record of a channel made anew. */
	readonly mend: { readonly asks: string; readonly answers: undefined };
	/** Once answered, growth of these is told. */
	readonly watch: { readonly asks: readonly string[]; readonly answers: undefined };
	readonly ping: { readonly asks: undefined; readonly answers: undefined };
}

export type CallName = keyof Calls;

export type Asked = {
	readonly [Name in CallName]: { readonly n: number; readonly call: Name; readonly asks: Calls[Name]["asks"] };
}[CallName];

/** Said without an answer: the store has been opened, or a channel is watched no more. */
export type Said = { readonly entered: true } | { readonly unwatch: string };

export type Answered =
	| { readonly n: number; readonly answers: unknown }
	| {
			readonly n: number;
			readonly error: { readonly code: ErrorCode; readonly detail: string; readonly retryAfter?: number | undefined };
	  };

/** Where watched channels stand now. */
export interface Grown {
	readonly grown: readonly (readonly [channel: string, head: Cursor])[];
}
