/** A chart as SVG text: readable on light and on dark, by ear too, and never wider than a page. */
import type { Chart } from "../../work/work.ts";
import { drawBars } from "./bars.ts";
import { drawLines } from "./lines.ts";
import { figure } from "./scale.ts";
import { element, escaped, number, text } from "./svg.ts";

const width = 760;
const margin = 20;
const top = 60;

const light = [
	"#0b63ce",
	"#c2410c",
	"#7e22ce",
	"#a16207",
	"#0f766e",
	"#be123c",
	"#4d7c0f",
	"#475569",
	"#0e7490",
	"#a21caf",
	"#854d0e",
	"#3730a3",
];
const dark = [
	"#6cb2ff",
	"#fb923c",
	"#c99bff",
	"#facc15",
	"#5eead4",
	"#fb7185",
	"#a3e635",
	"#b6c2d2",
	"#67e8f9",
	"#f0abfc",
	"#d6b98c",
	"#a5b4fc",
];
const dashes = ["none", "2 3", "7 4", "1 4", "10 3 2 3"];

function colours(paper: string, ink: string, soft: string, grid: string, other: string, series: readonly string[]): string {
	const own = series.map((colour, at) => `.c${at}{--c:${colour}}`).join("");
	return `svg{--paper:${paper};--ink:${ink};--soft:${soft};--grid:${grid};--other:${other}}${own}`;
}

const style = [
	colours("#ffffff", "#1f2328", "#59636e", "#d8dee4", "#8c98a6", light),
	`@media(prefers-color-scheme:dark){${colours("#0d1117", "#e6edf3", "#9198a1", "#2a313c", "#6b7684", dark)}}`,
	"text{font:12px system-ui,sans-serif;fill:var(--ink)}",
	// A value stands on the lines of the grid: a rim of paper keeps it readable.
	".name,.strong{paint-order:stroke;stroke:var(--paper);stroke-width:4px}",
	".title{font-size:15px;font-weight:600}.group,.strong{font-weight:600}.tick,.unit{fill:var(--soft)}",
	".paper{fill:var(--paper)}.grid{stroke:var(--grid)}.own{fill:#2f81f7}.other{fill:var(--other)}",
	".line{fill:none;stroke:var(--c);stroke-width:1.8}.thick{stroke-width:3}.mark{fill:var(--c)}",
	...dashes.map((dash, wire) => `.w${wire}{stroke-dasharray:${dash}}`),
].join("");

export function chartSvg(chart: Chart): string {
	const drawing = (chart.kind === "bars" ? drawBars : drawLines)(chart, width - 2 * margin, top);
	const height = drawing.height + margin / 2;
	const unit = chart.logarithmic ? `${chart.unit}, logarithmic` : chart.unit;
	const parts = [
		element("title", { id: "title" }, escaped(chart.title)),
		element("desc", { id: "desc" }, escaped(inWords(chart))),
		element("style", {}, style),
		element("rect", { width, height, class: "paper" }),
		text(margin, 24, chart.title, { class: "title" }),
		text(margin, 42, unit, { class: "unit" }),
		element("g", { transform: `translate(${margin} 0)` }, drawing.parts.join("\n")),
	];
	const frame = {
		xmlns: "http://www.w3.org/2000/svg",
		viewBox: `0 0 ${width} ${number(height)}`,
		width,
		role: "img",
		"aria-labelledby": "title desc",
	};
	return `${element("svg", frame, `\n${parts.join("\n")}\n`)}\n`;
}

function inWords({ unit, groups, series }: Chart): string {
	const lines = series.map(({ name, values }) => {
		const listed = values.flatMap((value, at) => (value === undefined ? [] : [`${groups[at]}: ${figure(value)}`]));
		return `${name}: ${listed.length === 0 ? "not measured" : listed.join(", ")}.`;
	});
	return [`${unit}.`, ...lines].join(" ");
}
