/** From what a load came to, to what stands in the table. */
import { median } from "../report/table.ts";
import type { Measured } from "../run/stage.ts";
import type { Column, Row, Verdict } from "./work.ts";

export const columns = {
	rate: { figure: "rate", title: "deliveries/s", digits: 0 },
	cpu: { figure: "cpu", title: "server µs/delivery", digits: 2 },
	p50: { figure: "p50", title: "p50 ms", digits: 2 },
	p99: { figure: "p99", title: "p99 ms", digits: 2 },
	p999: { figure: "p999", title: "p99.9 ms", digits: 2 },
	bytes: { figure: "bytes", title: "bytes/delivery", digits: 0 },
	server: { figure: "server", title: "server busy", digits: "percent" },
	generator: { figure: "generator", title: "generator busy", digits: "percent" },
} as const satisfies Record<string, Column>;

/** A generator that has less of its core left than this was the limit, unless that is all that the server had too. */
const spare = 0.05;
/** More than the system's own small doings, and the bench's. */
const disturbance = 0.15;

export function figuresOf(measured: Measured): Record<string, number> {
	const { deliveries, seconds, latency, bytes, serverCpu, serverBusy, generatorBusy } = measured;
	return {
		rate: deliveries / seconds,
		cpu: serverCpu / 1000 / deliveries,
		...latency,
		bytes: bytes / deliveries,
		server: serverBusy,
		generator: generatorBusy,
	};
}

/** What the reader of a row must know, if anything. */
export function noteOf(measured: Measured, rate: number | undefined): string | undefined {
	const { messages, seconds, serverBusy, generatorBusy, disturbed } = measured;
	const notes: string[] = [];
	const reached = messages / seconds;
	if (rate !== undefined && reached < 0.95 * rate) notes.push(`fell behind: ${Math.round(reached)} messages/s`);
	if (generatorBusy > 1 - spare && serverBusy < 1 - spare) notes.push("the generator was the limit");
	if (disturbed > disturbance) notes.push(`others took ${Math.round(disturbed * 100)} % of a core`);
	return notes.length === 0 ? undefined : notes.join("; ");
}

/** A load as a row: without figures where a message was lost, repeated or out of order. */
export function rowOf(who: Pick<Row, "peer" | "wire" | "load">, measured: Measured, rate?: number): Row {
	if (measured.faults.length > 0) return failed(who, measured.faults.slice(0, 2).join("; "));
	const note = noteOf(measured, rate);
	return { ...who, figures: figuresOf(measured), ...(note !== undefined && { note }) };
}

export function failed(who: Pick<Row, "peer" | "wire" | "load">, error: unknown): Row {
	const note = (error instanceof Error ? error.message : String(error)).split("\n")[0] as string;
	return { ...who, figures: {}, note: note.slice(0, 300) };
}

/** One row for each load of each peer: the medians of its repetitions that have figures. */
export function medians(rows: readonly Row[]): Row[] {
	const groups = new Map<string, Row[]>();
	for (const row of rows) {
		const key = `${row.peer}/${row.wire}/${row.load}`;
		groups.set(key, [...(groups.get(key) ?? []), row]);
	}
	return [...groups.values()].map((group) => {
		const good = group.filter(({ figures }) => Object.keys(figures).length > 0);
		const [any] = (good.length > 0 ? good : group) as [Row];
		const names = Object.keys(any.figures);
		const note = group.find(({ note: text }) => text !== undefined)?.note;
		const figures = Object.fromEntries(names.map((name) => [name, median(good.map((row) => row.figures[name] ?? Number.NaN))]));
		return { peer: any.peer, load: any.load, figures, ...(any.wire && { wire: any.wire }), ...(note !== undefined && { note }) };
	});
}

/** A target, judged; nothing where one of its values was not measured. */
export function judge(verdict: Omit<Verdict, "met">): Verdict[] {
	const { value, sense, bound } = verdict;
	if (!Number.isFinite(value)) return [];
	return [{ ...verdict, met: sense === "at least" ? value >= bound : value <= bound }];
}

export function count(value: number): string {
	return value.toLocaleString("en-US");
}
