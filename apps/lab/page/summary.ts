/** The line on top that stays: how it goes, in a sentence that changes only when it is another one. */
import { byId, setText } from "@holdfast/kit/page";
import type { Column } from "../shared/lab.ts";
import { type Figures, ms } from "./card.ts";
import { names } from "./words.ts";

export type State = "connecting" | "running" | "paused" | "restarting" | "lost";

const states: Readonly<Record<State, readonly [words: string, is: string]>> = {
	connecting: ["Connecting", "connecting"],
	running: ["Running", "live"],
	paused: ["Paused", "connecting"],
	restarting: ["The server is away", "lost"],
	lost: ["No session; trying again", "lost"],
};

/** Over HTTP/1.1, of all pages of a host together. */
const browserConnections = 6;

export class Summary {
	readonly #box = byId("connection", HTMLElement);
	readonly #words = byId("state", HTMLElement);
	readonly #verdict = byId("verdict", HTMLElement);
	readonly #note = byId("note", HTMLElement);
	readonly #chart = byId("chart-text", HTMLElement);
	#drawnAt = 0;

	state(state: State, detail?: string): void {
		const [words, is] = states[state];
		this.#box.dataset["is"] = is;
		setText(this.#words, words);
		if (state === "lost") setText(this.#verdict, detail ?? "The server cannot be reached. The page begins anew when it is back.");
	}

	draw(published: number, figures: readonly (readonly [Column, Figures])[], readers: number, isOver: boolean): void {
		const all = figures.flatMap(([name, { lost, repeated, outOfOrder }]) => {
			const faults = Object.entries({ "lost messages": lost, "repeated some": repeated, "changed the order": outOfOrder });
			const kinds = faults.filter(([, count]) => count > 0).map(([kind]) => kind);
			return kinds.length === 0 ? [] : [`${names[name]} has ${kinds.join(" and ")}`];
		});
		const good =
			isOver && figures.every(([, { behind }]) => behind === 0)
				? `Every reader has all messages since it began, up to number ${published}, once and in order.`
				: "Nothing lost, repeated or out of order.";
		setText(this.#verdict, all.length === 0 ? good : `${all.join("; ")}.`);
		const note =
			2 * readers > browserConnections - 1
				? `Over HTTP/1.1 a browser opens ${browserConnections} connections to a host. Long poll and SSE want ${2 * readers} here, so readers wait for each other.`
				: "";
		setText(this.#note, note);
		// In words what the chart draws; slowly, so that it can be read.
		if (performance.now() - this.#drawnAt < 2000) return;
		this.#drawnAt = performance.now();
		const parts = figures.map(([name, { latencies }]) => {
			const median = latencies[latencies.length >> 1];
			return `${names[name]} ${median === undefined ? "–" : ms(median)}`;
		});
		setText(this.#chart, `Median now: ${parts.join(", ")}.`);
	}
}
