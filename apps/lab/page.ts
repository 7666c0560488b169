/** The lab's page: a session on the server, four columns that read from it, and what may be turned. */
import { byId, setText } from "@holdfast/kit/page";
import { Chart } from "./page/chart.ts";
import { Column } from "./page/column.ts";
import { type Control, openControl } from "./page/control.ts";
import { herdDemonstration } from "./page/demonstrations/herd.ts";
import { sixDemonstration } from "./page/demonstrations/six.ts";
import { timeoutDemonstration } from "./page/demonstrations/timeouts.ts";
import { Panel } from "./page/panel.ts";
import { Summary } from "./page/summary.ts";
import { type Answer, type Form, columns as names, type Stats } from "./shared/lab.ts";

/** Milliseconds: until the server is asked for another session; until it knows that it shall publish no more, and what it had
 * published has come or never will; until the lab begins without the readers that are not there. */
const comeBack = 2000;
const settling = 3000;
const stopping = 500;
/** A tutorial's long poll is not known to be there before its first answer. */
const longestStart: Readonly<Record<Form, number>> = { holdfast: 5000, hold: 1000, queue: 1000 };

const fault = byId("fault", HTMLElement);
const pause = byId("pause", HTMLButtonElement);
const chart = new Chart(byId("chart", HTMLElement));
const summary = new Summary();
const panel = new Panel(turn, begin);
const columns = names.map((name) => {
	const box = byId(name, HTMLElement);
	const latencyOf = ({ at }: { readonly at: number }) => control?.clock.since(at) ?? 0;
	return [name, new Column(box, name, latencyOf, (n, ms) => chart.take(name, n, ms))] as const;
});
const herd = herdDemonstration((form, readers) => control?.ask({ op: "herd", form, readers }));
sixDemonstration();
timeoutDemonstration();

let control: Control | undefined;
let isPaused = false;
/** Whether the readers are there, so that all of them see the first message; or have had their time. */
let isReady = false;
let begunAt = 0;
/** When publishing was stopped. */
let stoppedAt: number | undefined;

/** A session of its own for each form, so that all counting begins anew. */
function begin(): void {
	control?.close();
	for (const [, column] of columns) column.end();
	summary.state("connecting");
	chart.clear();
	control = openControl({
		answer,
		lost(detail) {
			for (const [, column] of columns) column.end();
			summary.state("lost", detail);
			setTimeout(begin, comeBack);
		},
	});
}

function answer(told: Answer): void {
	if (told.op === "begin") {
		const { interval, readers } = panel.settings;
		const url = new URL(`s/${told.id}/`, document.baseURI).href;
		isReady = false;
		begunAt = performance.now();
		for (const [, column] of columns) column.begin({ url, form: panel.form, interval, readers });
		turn();
	} else if (told.op === "stats") draw(told);
	else if (told.op === "herd") herd.show(told);
	else if (told.op === "refused") {
		panel.show(told.knobs);
		if (told.about === "herd") herd.refused(told.detail);
		else setText(fault, told.detail);
	}
}

function turn(): void {
	const { interval, readers, ...knobs } = panel.settings;
	// Nobody sees it, so nobody shall pay for it.
	const rests = isPaused || document.hidden || !isReady;
	stoppedAt = rests ? (stoppedAt ?? performance.now()) : undefined;
	setText(fault, "");
	control?.ask({ op: "set", knobs: { ...knobs, rate: rests ? 0 : knobs.rate } });
	for (const [, column] of columns) column.turn(readers, interval);
}

function draw({ published, restarting, columns: counts }: Stats): void {
	const { interval, delay, rate, readers } = panel.settings;
	const rested = stoppedAt === undefined ? 0 : performance.now() - stoppedAt;
	const patience = settling + 1.25 * interval + 2 * delay;
	const over = rested > patience ? patience : undefined;
	const figures = columns.map(([name, column]) => [name, column.draw(published, over, counts[name])] as const);
	chart.draw(rate);
	if (!isReady && (figures.every(([, { open }]) => open === readers) || performance.now() - begunAt > longestStart[panel.form])) {
		isReady = true;
		turn();
	}
	if (isReady) summary.state(restarting ? "restarting" : stoppedAt === undefined ? "running" : "paused");
	summary.draw(published, figures, readers, isReady && rested > stopping);
}

pause.addEventListener("click", () => {
	isPaused = !isPaused;
	setText(pause, isPaused ? "Go on" : "Pause");
	turn();
});
byId("cut", HTMLButtonElement).addEventListener("click", () => control?.ask({ op: "cut" }));
byId("restart", HTMLButtonElement).addEventListener("click", () => control?.ask({ op: "restart" }));
byId("anew", HTMLButtonElement).addEventListener("click", begin);
document.addEventListener("visibilitychange", turn);
begin();
