/** A session of a demonstration's own, so that it does not disturb the columns. */
import { reasonOf } from "@holdfast/kit/page";
import type { Knobs, Stats } from "../../shared/lab.ts";
import { openControl } from "../control.ts";

export interface Own {
	/** With a slash at its end. */
	readonly url: string;
	/** What the server counted last. */
	readonly stats: Stats | undefined;
	/** How often it has told. */
	readonly told: number;
	set(knobs: Knobs): void;
	tellMany(): void;
	close(): void;
}

/** @throws Error in the server's words where it has no room. */
export function openSession(): Promise<Own> {
	return new Promise((resolve, reject) => {
		let stats: Stats | undefined;
		let times = 0;
		const control = openControl({
			answer(told) {
				if (told.op === "stats") {
					stats = told;
					times += 1;
				}
				if (told.op !== "begin") return;
				resolve({
					url: new URL(`s/${told.id}/`, document.baseURI).href,
					get stats() {
						return stats;
					},
					get told() {
						return times;
					},
					set: (knobs) => control.ask({ op: "set", knobs }),
					tellMany: () => control.ask({ op: "many" }),
					close: control.close,
				});
			},
			lost: (detail) => reject(new Error(detail ?? "The server cannot be reached. Try again in a moment.")),
		});
	});
}

export function sleep(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Resolves when it is `enough`, or after `most` milliseconds. */
export async function until(enough: () => boolean, most: number): Promise<void> {
	const step = 50;
	for (let waited = 0; waited < most && !enough(); waited += step) await sleep(step);
}

/** Runs `work` once a click, and says what went wrong. */
export function onClick(
	button: HTMLButtonElement,
	state: HTMLElement,
	work: (say: (words: string) => void) => Promise<void>,
): void {
	const say = (words: string) => {
		state.textContent = words;
	};
	button.addEventListener("click", async () => {
		button.disabled = true;
		try {
			await work(say);
		} catch (error) {
			say(reasonOf(error));
		}
		button.disabled = false;
	});
}
