/** Everyone waking at once: how long each reader waited for its answer, and everyone else for the server. */
import { byId, make, setText } from "@holdfast/kit/page";
import type { Form, Herd } from "../../shared/lab.ts";
import { ms } from "../card.ts";

const bins = 24;

export interface HerdDemonstration {
	show(herd: Herd): void;
	refused(detail: string): void;
}

export function herdDemonstration(wake: (form: Form, readers: number) => void): HerdDemonstration {
	const button = byId("herd-wake", HTMLButtonElement);
	const readers = byId("herd-readers", HTMLSelectElement);
	const state = byId("herd-state", HTMLElement);
	const table = byId("herd-rows", HTMLElement);
	const results: Herd[] = [];
	const busy = (words: string) => {
		button.disabled = words !== "";
		setText(state, words);
	};
	button.addEventListener("click", () => {
		results.length = 0;
		busy("Waking readers that are held without a cursor …");
		wake("hold", Number(readers.value));
	});
	return {
		show(herd) {
			results.push(herd);
			const longest = Math.max(...results.flatMap(({ times }) => times.at(-1) ?? 0));
			table.replaceChildren(...results.map((one) => rowOf(one, longest)));
			if (herd.form !== "hold") return busy("");
			busy("And now Holdfast's …");
			wake("holdfast", Number(readers.value));
		},
		refused(detail) {
			busy("");
			setText(state, detail);
		},
	};
}

function rowOf({ form, times, ordinary, pause, timeouts }: Herd, longest: number): HTMLElement {
	const at = (part: number) => ms(times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0);
	const name = make("th", "", form === "hold" ? "Hold without a cursor" : "Holdfast");
	name.scope = "row";
	const cells = [at(0.5), at(0.99), at(1), ms(pause), ms(ordinary), ms(timeouts)].map((text) => make("td", "", text));
	return make("tr", "", name, ...cells, make("td", "", histogram(times, longest)));
}

/** How many readers had their answer in which part of the time; the numbers stand beside it. */
function histogram(times: readonly number[], longest: number): SVGElement {
	const counts = Array.from({ length: bins }, () => 0);
	for (const time of times) {
		const bin = Math.min(bins - 1, Math.floor((time / longest) * bins));
		counts[bin] = (counts[bin] ?? 0) + 1;
	}
	const most = Math.max(...counts);
	const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	svg.setAttribute("viewBox", `0 0 ${bins * 4} 24`);
	svg.setAttribute("aria-hidden", "true");
	svg.setAttribute("class", "histogram");
	for (const [i, count] of counts.entries()) {
		const height = count === 0 ? 0 : Math.max(1, (24 * count) / most);
		const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
		for (const [key, value] of Object.entries({ x: i * 4, y: 24 - height, width: 3, height })) bar.setAttribute(key, `${value}`);
		svg.append(bar);
	}
	return svg;
}
