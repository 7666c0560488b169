/** Whether a client stays away for as long as the server asks. */
import type { World } from "./world.ts";

export type Inquiry = "socket" | "read" | "publish";

export class Waits {
	/** By what is asked for: until when the server asked to stay away. */
	readonly #until = new Map<string, number>();
	readonly #world: World;
	readonly #wrong: (text: string) => void;

	constructor(world: World, wrong: (text: string) => void) {
		this.#world = world;
		this.#wrong = wrong;
	}

	/** From `delay` milliseconds on: what is on its way may come until then. */
	stayAway(what: Inquiry, text: string, ms: number, delay: number): void {
		const until = this.#world.now + ms;
		this.#world.after(delay, () => this.#until.set(subjectOf(what, text), until));
	}

	ask(what: Inquiry, text: string): void {
		const early = (this.#until.get(subjectOf(what, text)) ?? 0) - this.#world.now;
		if (early > 0) this.#wrong(`asked again (${what}) ${early} ms before the server allowed it`);
	}
}

/** Each publish has a number of its own; all who read the past wait together, and so do all ways of the link. */
function subjectOf(what: Inquiry, text: string): string {
	if (what === "publish") return JSON.parse(text)[0].idempotencyKey;
	return isPast(text) ? "past" : "link";
}

/** A reader who is behind reads the past by itself. */
export function isPast(query: string): boolean {
	return query.includes("limit=250");
}
