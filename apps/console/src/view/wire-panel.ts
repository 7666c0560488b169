/** The latest of what crossed the wire, newest first, cut short. */

import { byId, make } from "../../../look/dom.ts";
import type { Crossing } from "../wire/way.ts";
import { oncePerFrame } from "./once-per-frame.ts";

const mostEntries = 60;
const longest = 400;

interface Entry {
	readonly direction: Crossing["direction"];
	readonly text: string;
	times: number;
	row?: HTMLLIElement;
}

export class WirePanel {
	readonly #list = byId("wire", HTMLOListElement);
	readonly #draw = oncePerFrame(() => this.#drawNow());
	#entries: Entry[] = [];

	add({ direction, text }: Crossing): void {
		// A poll that brings nothing is a question and an answer that alternate: both are counted up where they stand.
		const same = this.#entries.slice(0, 2).find((entry) => entry.text === text && entry.direction === direction);
		if (same === undefined) {
			this.#entries.unshift({ direction, text, times: 1 });
			this.#entries.length = Math.min(this.#entries.length, mostEntries);
		} else same.times += 1;
		this.#draw();
	}

	clear(): void {
		this.#entries = [];
		this.#draw();
	}

	#drawNow(): void {
		for (const entry of this.#entries) {
			entry.row ??= row(entry);
			const times = entry.row.lastElementChild;
			if (times !== null) times.textContent = entry.times > 1 ? `×${entry.times.toLocaleString("en")}` : "";
		}
		const rows = this.#entries.flatMap((entry) => entry.row ?? []);
		// Rows that stay are not touched, so that text selected in them stays selected.
		for (const [i, each] of rows.entries()) {
			if (this.#list.children[i] !== each) this.#list.insertBefore(each, this.#list.children[i] ?? null);
		}
		while (this.#list.childElementCount > rows.length) this.#list.lastElementChild?.remove();
	}
}

function row({ direction, text }: Entry): HTMLLIElement {
	const short = text.length > longest ? `${text.slice(0, longest)}… (${text.length.toLocaleString("en")} characters)` : text;
	const arrow = make("span", "arrow", direction === "up" ? "↑" : "↓");
	arrow.ariaHidden = "true";
	return make(
		"li",
		direction,
		arrow,
		make("span", "hidden", direction === "up" ? "Sent: " : "Received: "),
		make("code", "", short),
		make("span", "times"),
	);
}
