/** Publishes numbered messages at an even rate. */
import type { Knobs, Numbered } from "../shared/lab.ts";
import { now } from "./clock.ts";

/** A machine that stalled does not make up for more than this. */
const mostAtOnce = 20;

export class Publisher {
	readonly #publish: (message: Numbered) => void;
	#timer: NodeJS.Timeout | undefined;
	#rate = 0;
	#pad = "";
	#due = 0;
	published = 0;

	constructor(publish: (message: Numbered) => void) {
		this.#publish = publish;
	}

	turn({ rate, size }: Pick<Knobs, "rate" | "size">): void {
		this.#pad = "x".repeat(size);
		if (rate === this.#rate) return;
		this.#rate = rate;
		this.close();
		if (rate === 0) return;
		this.#due = now() + 1000 / rate;
		this.#wait();
	}

	close(): void {
		clearTimeout(this.#timer);
	}

	#wait(): void {
		this.#timer = setTimeout(() => this.#tick(), Math.max(0, this.#due - now()));
	}

	#tick(): void {
		const gap = 1000 / this.#rate;
		this.#due = Math.max(this.#due, now() - mostAtOnce * gap);
		for (; this.#due <= now(); this.#due += gap) {
			this.published += 1;
			this.#publish({ n: this.published, at: now(), pad: this.#pad });
		}
		this.#wait();
	}
}
