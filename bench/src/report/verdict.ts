/** A target beside what was measured. */
import type { Verdict } from "../work/work.ts";
import { decimals, percent, table } from "./table.ts";

function digitsOf(value: number): number {
	return Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
}

export function amount(value: number, unit: string): string {
	return `${decimals(value, digitsOf(value))} ${unit}`;
}

/** How far a value is from its bound, as a share of the bound. */
export function judgement({ met, value, bound }: Pick<Verdict, "met" | "value" | "bound">): string {
	if (met) return "met";
	return `**missed by ${percent(Math.abs(value - bound) / bound)}**`;
}

export function verdictTable(verdicts: readonly Verdict[]): string {
	const rows = verdicts.map((verdict) => {
		const { target, sense, bound, unit, value } = verdict;
		const asked = `${sense} ${bound.toLocaleString("en-US")} ${unit}`;
		return [target, asked, amount(value, unit), judgement(verdict)];
	});
	return table(["target", "asked", "measured", ""], rows);
}
