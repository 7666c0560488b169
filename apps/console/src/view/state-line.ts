/** The state of the connection in words. The words are announced; the countdown beside them is only shown. */

import { byId, setText } from "../../../look/dom.ts";
import { type TransportName, transports } from "../settings.ts";
import type { State } from "../wire/follow.ts";

export class StateLine {
	readonly #box = byId("state", HTMLDivElement);
	readonly #words = byId("state-words", HTMLSpanElement);
	readonly #more = byId("state-more", HTMLSpanElement);
	readonly #pause = byId("pause", HTMLButtonElement);
	#counting: ReturnType<typeof setInterval> | undefined;

	/** `paused` tells whether a click on the button pauses. */
	constructor(pause: () => void, resume: () => void) {
		this.#pause.addEventListener("click", () => (this.#pause.textContent === "Pause" ? pause() : resume()));
	}

	show(state: State, transport: TransportName): void {
		clearInterval(this.#counting);
		this.#box.dataset["is"] = state.is;
		setText(this.#pause, state.is === "paused" || state.is === "refused" ? "Continue" : "Pause");
		setText(this.#words, words(state, transport));
		setText(this.#more, "");
		if (state.is !== "waiting") return;
		const count = () => setText(this.#more, countdown(state.until - performance.now()));
		count();
		this.#counting = setInterval(count, 250);
	}
}

function words(state: State, transport: TransportName): string {
	switch (state.is) {
		case "connecting":
			return `Connecting by ${transports[transport]}`;
		case "live":
			return `Live by ${transports[transport]}`;
		case "paused":
			return "Paused";
		case "waiting":
			return `${state.why}.`;
		case "refused":
			return state.why;
	}
}

export function countdown(ms: number): string {
	const seconds = Math.ceil(ms / 1000);
	return seconds > 0 ? `Reconnecting in ${seconds} s…` : "Reconnecting…";
}
