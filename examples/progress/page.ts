import { ask, byId, connect, reasonOf, setText } from "@holdfast/kit/page";

interface Job {
	readonly below: number;
	readonly done: number;
	readonly primes: number;
	readonly state: "running" | "done" | "cancelled";
}

const bar = byId("bar", HTMLProgressElement);
const cancel = byId("cancel", HTMLButtonElement);
const fault = byId("fault", HTMLElement);
const words = byId("words", HTMLElement);
const result = byId("result", HTMLElement);

const holdfast = connect();
let unsubscribe = () => {};

/** The job's id stands in the address: that is all that a reload, or another page, needs. */
const idOf = () => location.hash.slice(1);
const number = (value: number) => value.toLocaleString("en");

function follow(): void {
	unsubscribe();
	setText(fault, "");
	byId("job", HTMLElement).hidden = !/^[\w-]{22}$/.test(idOf());
	if (byId("job", HTMLElement).hidden) return;
	draw(undefined);
	let seen = false;
	unsubscribe = holdfast.channel<Job>(`progress.job.${idOf()}`).subscribe(
		({ data }) => {
			seen = true;
			draw(data);
		},
		{
			last: 1,
			// What is kept comes at once, if there is any.
			onBegin: () => setTimeout(() => !seen && setText(words, "Nothing is known of this job, or no longer."), 1000),
		},
	);
}

function draw(job: Job | undefined): void {
	const share = job === undefined ? 0 : job.done / job.below;
	bar.value = share;
	setText(byId("percent", HTMLElement), `${Math.floor(100 * share)} %`);
	setText(byId("title", HTMLElement), job ? `Primes below ${number(job.below)}` : "Job");
	setText(byId("counted", HTMLElement), job ? `${number(job.primes)} found among ${number(job.done)} numbers` : "…");
	setText(
		words,
		job === undefined ? "Looking for the job" : { running: "Running", done: "Done", cancelled: "Cancelled" }[job.state],
	);
	setText(result, job?.state === "done" ? `There are ${number(job.primes)} primes below ${number(job.below)}.` : "");
	cancel.ariaDisabled = String(job?.state !== "running");
}

const told = (error: unknown) => setText(fault, reasonOf(error));

byId("start", HTMLFormElement).addEventListener("submit", (event) => {
	event.preventDefault();
	setText(fault, "");
	ask<{ id: string }>("jobs", { below: Number(byId("below", HTMLSelectElement).value) })
		.then(({ id }) => (location.hash = id))
		.catch(told);
});
cancel.addEventListener("click", () => {
	setText(fault, "");
	ask("cancel", { id: idOf() }).catch(told);
});
addEventListener("hashchange", follow);
follow();
