/** The latency of each message, one line a column. A message has its number on all of them, so they stand under each other. */
import uPlot from "uplot";
import { type Column, columns } from "../shared/lab.ts";
import { names } from "./words.ts";

/** Seconds of messages that are shown, within these bounds of messages. */
const span = 30;
const fewest = 40;
const most = 3000;
/** Milliseconds. */
const least = 0.1;

const powers = [0.1, 1, 10, 100, 1000, 10_000, 100_000];

/** Lines differ by more than their colour. */
const dashes: Readonly<Record<Column, number[]>> = {
	"short-poll": [],
	"long-poll": [10, 4],
	sse: [3, 3],
	websocket: [12, 3, 3, 3],
};

export class Chart {
	readonly #box: HTMLElement;
	readonly #plot: uPlot;
	readonly #late = new Map(columns.map((column) => [column, new Map<number, number>()]));
	#newest = 0;

	constructor(box: HTMLElement) {
		this.#box = box;
		this.#plot = new uPlot(optionsOf(box), this.#data(fewest), box);
		new ResizeObserver(() => this.#plot.setSize(sizeOf(box))).observe(box);
		// Colours are the style sheet's, which has others in the dark.
		matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#plot.redraw(false, true));
	}

	take(column: Column, n: number, ms: number): void {
		this.#late.get(column)?.set(n, Math.max(least, ms));
		this.#newest = Math.max(this.#newest, n);
	}

	draw(rate: number): void {
		if (this.#box.clientWidth > 0) this.#plot.setData(this.#data(Math.round(Math.min(most, Math.max(fewest, rate * span)))));
	}

	clear(): void {
		for (const late of this.#late.values()) late.clear();
		this.#newest = 0;
	}

	#data(count: number): uPlot.AlignedData {
		const first = Math.max(1, this.#newest - count + 1);
		const numbers = Array.from({ length: count }, (_, i) => first + i);
		const lines = columns.map((column) => {
			const late = this.#late.get(column) ?? new Map<number, number>();
			for (const n of late.keys()) if (n < this.#newest - most) late.delete(n);
			return numbers.map((n) => late.get(n) ?? null);
		});
		return [numbers, ...lines];
	}
}

function sizeOf(box: HTMLElement): { width: number; height: number } {
	return { width: Math.max(200, box.clientWidth), height: box.clientHeight };
}

function optionsOf(box: HTMLElement): uPlot.Options {
	const style = getComputedStyle(box);
	const colour = (name: string) => () => style.getPropertyValue(name).trim();
	const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
	return {
		...sizeOf(box),
		legend: { show: false },
		cursor: { show: false },
		scales: {
			x: { time: false },
			y: { distr: 3, range: (_, __, max) => [least, Math.max(1000, 10 ** Math.ceil(Math.log10(max ?? 1)))] },
		},
		axes: [
			{ ...axis, size: 24, values: (_, splits) => splits.map((n) => (Number.isInteger(n) ? `#${n}` : "")) },
			{ ...axis, size: 52, splits: () => powers, values: () => powers.map(msText) },
		],
		series: [
			{},
			...columns.map((column) => ({
				label: names[column],
				stroke: colour(`--${column}`),
				width: 2,
				dash: dashes[column],
				spanGaps: true,
				points: { show: false },
			})),
		],
	};
}

function msText(ms: number): string {
	return ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
}
