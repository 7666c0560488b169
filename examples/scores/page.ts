import { ask, byId, connect, type Message, make, setText } from "@holdfast/kit/page";
import uPlot from "uplot";
import type { Prices } from "./server.ts";

const drawMs = 250;
const shownMs = 30_000;
/** Half a second more than the pause between two short polls. */
const mostBehindMs = 3000;
const watchMs = 5000;

const slow = byId("slow", HTMLInputElement);
const table = byId("prices", HTMLElement);
const count = { handled: 0, drawn: 0, jumps: 0 };

const connection = connect();
const feed = connection.channel<Prices>("scores");
/** Since it was subscribed. */
let taken = 0;
let unsubscribe = read();

/** The newest, and then what comes. A page that is too far behind asks for just that again: the prices between are history. */
function read(): () => void {
	taken = 0;
	return feed.subscribe(
		(message) => {
			take(message);
			// The next message waits for the promise: this one is what it costs a slow phone.
			return slow.checked ? new Promise<void>((done) => setTimeout(done, 500)) : undefined;
		},
		{ last: 1 },
	);
}

const past: { readonly time: number; readonly cents: Prices["cents"] }[] = [];
let latest: Message<Prices> | undefined;
/** The least that a message was on its way, by two clocks that need not agree. */
let least = Number.POSITIVE_INFINITY;
let drawing = false;

const behind = (time: number) => Date.now() - time - least;

/** Keeps it for the next drawing, of which there are few however many come. */
function take(message: Message<Prices>): void {
	latest = message;
	least = Math.min(least, Date.now() - message.time);
	count.handled++;
	taken++;
	past.push({ time: message.time, cents: message.data.cents });
	while (past.length > 1 && (past[0]?.time ?? 0) < message.time - shownMs) past.shift();
	if (!drawing) setTimeout(draw, drawMs);
	drawing = true;
}

const rows = new Map<string, { readonly price: HTMLElement; readonly change: HTMLElement }>();
let chosen = "";

function draw(): void {
	drawing = false;
	if (latest === undefined) return;
	count.drawn++;
	// The newest of a feed that has paused is old too, and there is nothing to jump to.
	if (taken > 1 && behind(latest.time) > mostBehindMs) {
		count.jumps++;
		unsubscribe();
		unsubscribe = read();
	}
	for (const [team, cents] of Object.entries(latest.data.cents)) {
		const { price, change } = rows.get(team) ?? addRow(team);
		setText(price, inWhole(cents));
		setText(change, `${cents > 10_000 ? "▲ +" : cents < 10_000 ? "▼ " : ""}${((cents - 10_000) / 100).toFixed(2)} %`);
		change.className = cents > 10_000 ? "up" : cents < 10_000 ? "down" : "";
	}
	for (const name of ["handled", "drawn", "jumps"] as const) setText(byId(name, HTMLElement), `${count[name]}`);
	setText(byId("tick", HTMLElement), `${latest.data.tick}`);
	setText(byId("behind", HTMLElement), `${(Math.max(0, behind(latest.time)) / 1000).toFixed(1)} s`);
	drawChart();
}

function addRow(team: string) {
	const radio = Object.assign(make("input"), { type: "radio", name: "team", checked: rows.size === 0 });
	if (rows.size === 0) chosen = team;
	radio.addEventListener("change", () => {
		chosen = team;
		drawChart();
	});
	const name = make("th", "", make("label", "", radio, ` ${team}`));
	name.scope = "row";
	const row = { price: make("td"), change: make("td") };
	table.append(make("tr", "", name, row.price, row.change));
	rows.set(team, row);
	return row;
}

const inWhole = (cents: number) => (cents / 100).toFixed(2);

// Colours are asked for at each drawing, so that they follow the page into the dark.
const colour = (name: string) => () => getComputedStyle(document.documentElement).getPropertyValue(name);
const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
const box = byId("chart", HTMLElement);
const height = 240;
const chart = new uPlot(
	{
		width: box.clientWidth,
		height,
		legend: { show: false },
		cursor: { show: false },
		scales: { x: { time: false, range: [-shownMs / 1000, 0] } },
		axes: [
			{ ...axis, values: (_, places) => places.map((place) => `${place} s`) },
			{ ...axis, size: 60 },
		],
		series: [{}, { stroke: colour("--accent"), width: 2, points: { show: false } }],
	},
	[[], []],
	box,
);
new ResizeObserver(() => chart.setSize({ width: box.clientWidth, height })).observe(box);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart.redraw());

function drawChart(): void {
	const prices = past.map(({ cents }) => (cents[chosen] ?? 0) / 100);
	const now = past.at(-1)?.time ?? 0;
	chart.setData([past.map(({ time }) => (time - now) / 1000), prices]);
	const [lowest, highest] = [Math.min(...prices), Math.max(...prices)];
	const words = `${chosen}: now ${prices.at(-1)?.toFixed(2)}, lowest ${lowest.toFixed(2)}, highest ${highest.toFixed(2)}.`;
	setText(byId("chart-words", HTMLElement), words);
}

// The server makes prices while somebody looks, and costs nothing while nobody does.
const watch = () => void (document.hidden || ask("watch", {}).catch(() => undefined));
setInterval(watch, watchMs);
document.addEventListener("visibilitychange", watch);
connection.onState((state) => state === "open" && watch());
