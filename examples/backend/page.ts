import { ask, byId, connect, type Message, make, reasonOf, setText } from "@holdfast/kit/page";
import type { Said } from "./work.ts";

const jobs = byId("jobs", HTMLElement);
const workers = byId("workers", HTMLElement);
const input = byId("text", HTMLInputElement);

const mostJobs = 100;
const mostWorkers = 20;

interface Row {
	readonly text: string;
	readonly line: HTMLElement;
	readonly bar: HTMLProgressElement;
	readonly state: HTMLElement;
	/** The worker that has it. */
	worker: string | undefined;
}

const rows = new Map<string, Row>();
const known = new Map<string, { readonly line: HTMLElement; readonly doing: HTMLElement; readonly heard: HTMLElement }>();
const own = new Set<string>();

connect().channel<Said>("backend.jobs").subscribe(hear, { last: 1000 });

function hear({ id, event, data, time }: Message<Said>): void {
	const { text = "", job = "", worker, percent = 0, result = "" } = { ...data };
	if (event === "ask") add(id, text);
	const row = rows.get(job);
	// The first claim of a job counts, for us as for the workers.
	if (row && event === "claim" && row.worker === undefined) {
		row.worker = worker;
		setText(row.state, `${worker} has it`);
	}
	const isTheirs = row !== undefined && row.worker === worker;
	if (isTheirs && event === "progress") {
		row.bar.value = percent;
		setText(row.state, `${worker}: ${percent} %`);
	}
	if (isTheirs && event === "done") {
		row.bar.value = 100;
		setText(row.state, `${worker}: ${result}`);
		if (own.delete(job)) setText(byId("told", HTMLElement), `${row.text}: ${result}`);
	}
	if (worker !== undefined) show(worker, isTheirs && event !== "done" ? `on “${row.text}”` : "has nothing to do", time);
}

function add(id: string, text: string): void {
	const bar = Object.assign(make("progress"), { max: 100, value: 0 });
	bar.setAttribute("aria-label", text);
	const state = make("span", "state", "waiting");
	const line = make("li", "", make("b", "", text), bar, state);
	rows.set(id, { text, line, bar, state, worker: undefined });
	jobs.prepend(line);
	forget(rows, mostJobs);
}

function show(worker: string, doing: string, time: number): void {
	const entry = known.get(worker) ?? { line: make("li"), doing: make("span"), heard: make("time") };
	if (!known.has(worker)) {
		entry.line.append(make("b", "", worker), entry.doing, entry.heard);
		known.set(worker, entry);
		workers.append(entry.line);
		forget(known, mostWorkers);
	}
	setText(entry.doing, doing);
	setText(entry.heard, new Date(time).toLocaleTimeString());
}

function forget(all: Map<string, { readonly line: HTMLElement }>, most: number): void {
	const [oldest] = all;
	if (all.size <= most || oldest === undefined) return;
	all.delete(oldest[0]);
	oldest[1].line.remove();
}

byId("form", HTMLFormElement).addEventListener("submit", async (event) => {
	event.preventDefault();
	const fault = byId("fault", HTMLElement);
	setText(fault, "");
	// At once: what is typed while the server has not yet answered must not be cleared.
	const text = input.value;
	input.value = "";
	input.focus();
	try {
		const { id } = await ask<{ id: string }>("ask", { text });
		own.add(id);
	} catch (error) {
		setText(fault, reasonOf(error));
		if (input.value === "") input.value = text;
	}
});
