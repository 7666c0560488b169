/** What must stay so: ratios of two rows of one run, each with its bound, as `bounds.json` lists them. */
import type { Row, Section } from "../work/work.ts";
import { amount } from "./verdict.ts";

/** Whose figure, as the tables of a work name it. */
interface Place {
	readonly peer: string;
	readonly wire?: string;
	readonly load: string;
}

export interface Bound {
	/** The sentence that is said of it. */
	readonly says: string;
	readonly work: string;
	readonly figure: string;
	readonly of: Place;
	readonly to: Place;
	readonly atLeast?: number;
	readonly atMost?: number;
}

export interface Judged {
	readonly says: string;
	readonly asked: string;
	readonly measured: string;
	readonly state: "ok" | "BROKEN" | "not measured";
}

function find(sections: readonly Section[], { work, figure }: Bound, place: Place): { value: number; row: Row | undefined } {
	const rows = sections.filter(({ name }) => name === work).flatMap(({ tables }) => tables.flatMap((table) => table.rows));
	const row = rows.find(({ peer, wire, load }) => peer === place.peer && wire === place.wire && load === place.load);
	return { value: row?.figures[figure] ?? Number.NaN, row };
}

/**
 * Where the other has no figure, nothing can be said: a peer may be missing, or fail on its own. Where Holdfast has none, it lost
 * a message or did not run.
 */
export function judgeBound(bound: Bound, sections: readonly Section[]): Judged {
	const { says, of, to, atLeast, atMost } = bound;
	const asked = [
		...(atLeast === undefined ? [] : [`at least ${atLeast} ×`]),
		...(atMost === undefined ? [] : [`at most ${atMost} ×`]),
	].join(", ");
	const own = find(sections, bound, of);
	const other = find(sections, bound, to);
	if (!Number.isFinite(own.value)) return { says, asked, measured: own.row?.note ?? "no figure of ours", state: "BROKEN" };
	const ratio = own.value / other.value;
	if (!Number.isFinite(ratio)) return { says, asked, measured: other.row?.note ?? `no ${to.peer} here`, state: "not measured" };
	const kept = ratio >= (atLeast ?? 0) && ratio <= (atMost ?? Number.POSITIVE_INFINITY);
	return { says, asked, measured: amount(ratio, "×"), state: kept ? "ok" : "BROKEN" };
}
