/** What a run leaves to be checked: what was handed over and promised, with the time of each. */

export type Told =
	| { readonly at: number; readonly type: "begun"; readonly cursor: string }
	| { readonly at: number; readonly type: "message"; readonly channel: string; readonly id: string; readonly data: unknown }
	| { readonly at: number; readonly type: "gap"; readonly after: string; readonly next: string; readonly reason: string }
	| { readonly at: number; readonly type: "ended"; readonly code: string };

/** One subscription. */
export interface Reading {
	readonly name: string;
	readonly channel: string;
	/** A cursor, `first`, `now` or `last.<n>`. */
	readonly start: string;
	readonly at: number;
	/** Where other subscriptions of the channel stood then: who begins `now` may join them. */
	readonly beside: readonly string[];
	readonly told: readonly Told[];
	/** Whether it was still wanted at the end, and so must have come to the head. */
	readonly lasting: boolean;
}

/** One call of `publish`. */
export interface Publishing {
	/** Of one client: its order is kept. */
	readonly page: number;
	readonly channel: string;
	/** JSON text that nobody else publishes. */
	readonly data: string;
	/** Undefined where the page was thrown away before. */
	readonly outcome: { readonly id: string } | { readonly code: string } | undefined;
	readonly abandoned: boolean;
}
