/** Bars that lie, each with its name before it and its value behind it: no name is too long, and no colour must be looked up. */
import type { Chart } from "../../work/work.ts";
import { figure, scaleOf, tick } from "./scale.ts";
import { type Drawing, element, line, text, widthOf } from "./svg.ts";

const row = 22;
const gap = 14;

/** A single series needs no name: its groups are the bars. */
function barsOf({ groups, series }: Chart): Pick<Chart, "groups" | "series"> {
	const [only, ...more] = series;
	if (only === undefined || more.length > 0) return { groups, series };
	return { groups: [""], series: groups.map((name, at) => ({ name, values: [only.values[at]] })) };
}

export function drawBars(chart: Chart, width: number, top: number): Drawing {
	const { groups, series } = barsOf(chart);
	const { logarithmic = false } = chart;
	const values = series.flatMap((one) => one.values).filter((value) => value !== undefined);
	const scale = scaleOf(values, logarithmic);
	const left = Math.max(0, ...series.map(({ name }) => widthOf(name))) + 12;
	const length = width - left - Math.max(0, ...values.map((value) => widthOf(figure(value)))) - 12;
	const bars: string[] = [];
	let y = top;
	for (const [at, group] of groups.entries()) {
		const shown = series.flatMap(({ name, values: own }) => (own[at] === undefined ? [] : [{ name, value: own[at] }]));
		if (shown.length === 0) continue;
		if (groups.length > 1) {
			bars.push(text(0, y + 14, group, { class: "group" }));
			y += row;
		}
		for (const { name, value } of shown) {
			const end = left + length * scale.at(value);
			const kind = name.startsWith("Holdfast") ? "own" : "other";
			bars.push(
				text(left - 8, y + 15, name, { class: kind === "own" ? "strong" : "name", "text-anchor": "end" }),
				element("rect", { x: left, y: y + 4, width: Math.max(1, end - left), height: row - 7, class: kind }),
				text(end + 6, y + 15, figure(value), { class: kind === "own" ? "strong" : "name" }),
			);
			y += row;
		}
		y += gap;
	}
	const bottom = y - gap + 4;
	const axis = scale.ticks.flatMap((value) => {
		const x = left + length * scale.at(value);
		return [line(x, top, x, bottom, "grid"), text(x, bottom + 16, tick(value), { class: "tick", "text-anchor": "middle" })];
	});
	return { height: bottom + 24, parts: [...axis, ...bars] };
}
