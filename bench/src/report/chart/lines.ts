/** A line a series: the colour is the peer's, the mark and the dashes are the wire's, and all are told apart below. */
import type { Chart } from "../../work/work.ts";
import { figure, scaleOf, tick } from "./scale.ts";
import { type Drawing, element, escaped, line, number, text, widthOf } from "./svg.ts";

const height = 300;
const left = 52;
const wires = ["websocket", "socket.io", "sse", "long poll", "short poll"];

interface Look {
	readonly colour: string;
	readonly wire: number;
	readonly own: boolean;
}

function stroke(d: string, { colour, wire, own }: Look): string {
	return element("path", { d, class: `line ${colour} w${wire}${own ? " thick" : ""}` });
}

/** By name, which is a peer's with its wire behind it. */
function looks(names: readonly string[]): Look[] {
	const wireOf = (name: string) => wires.find((wire) => name.endsWith(` ${wire}`));
	const peerOf = (name: string) => name.slice(0, name.length - (wireOf(name)?.length ?? 0)).trim();
	const peers = [...new Set(names.map(peerOf))];
	return names.map((name) => ({
		colour: `c${peers.indexOf(peerOf(name)) % 12}`,
		wire: Math.max(0, wires.indexOf(wireOf(name) ?? "")),
		own: name.startsWith("Holdfast"),
	}));
}

export function drawLines({ groups, series, logarithmic = false }: Chart, width: number, top: number): Drawing {
	const shown = series.filter(({ values }) => values.some((value) => value !== undefined));
	const scale = scaleOf(
		shown.flatMap(({ values }) => values.filter((value) => value !== undefined)),
		logarithmic,
	);
	const step = (width - left - 16) / groups.length;
	const x = (at: number) => left + step * (at + 0.5);
	const y = (value: number) => top + height * (1 - scale.at(value));
	const axis = scale.ticks.flatMap((value) => [
		line(left, y(value), width, y(value), "grid"),
		text(left - 8, y(value) + 4, tick(value), { class: "tick", "text-anchor": "end" }),
	]);
	const under = groups.map((group, at) => text(x(at), top + height + 20, group, { class: "tick", "text-anchor": "middle" }));
	const styles = looks(shown.map(({ name }) => name));
	// Ours last, on top of the others.
	const order = shown.map((one, at) => ({ ...one, look: styles[at] as Look }));
	const drawn = [...order].reverse().map(({ name, values, look }) => {
		const points = values.flatMap((value, at) => (value === undefined ? [] : [{ x: x(at), y: y(value), value }]));
		const path = points.map((point, at) => `${at === 0 ? "M" : "L"}${number(point.x)} ${number(point.y)}`).join("");
		const marks = points.map((point) => mark(point.x, point.y, look, `${name}: ${figure(point.value)}`));
		return stroke(path, look) + marks.join("");
	});
	const legend = drawLegend(order, width, top + height + 40);
	return { height: legend.height, parts: [...axis, ...under, ...drawn, ...legend.parts] };
}

function drawLegend(entries: readonly { readonly name: string; readonly look: Look }[], width: number, top: number): Drawing {
	const cell = Math.max(0, ...entries.map(({ name }) => widthOf(name))) + 52;
	const columns = Math.max(1, Math.floor(width / cell));
	const rows = Math.ceil(entries.length / columns);
	const parts = entries.map(({ name, look }, at) => {
		const x = Math.floor(at / rows) * cell;
		const y = top + (at % rows) * 20;
		const label = text(x + 40, y + 12, name, { class: look.own ? "strong" : "name" });
		return stroke(`M${number(x)} ${number(y + 8)}h32`, look) + mark(x + 16, y + 8, look) + label;
	});
	return { height: top + rows * 20 + 8, parts };
}

/** A disc, a square, a diamond, a triangle or a ring. */
function mark(x: number, y: number, { colour, wire }: Look, title?: string): string {
	const label = title === undefined ? "" : element("title", {}, escaped(title));
	const kind = `mark ${colour}`;
	const shape = (path: string) => element("path", { d: `M${number(x)} ${number(y)}${path}`, class: kind }, label);
	if (wire === 1) return shape("m-4 -4h8v8h-8z");
	if (wire === 2) return shape("m0 -5.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z");
	if (wire === 3) return shape("m0 -5l5 9h-10z");
	return element("circle", { cx: x, cy: y, r: wire === 4 ? 3 : 4.2, class: kind }, label);
}
