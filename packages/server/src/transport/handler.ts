import type { Page } from "@holdfast/protocol";
import type { Form, Transport } from "./transport.ts";

const pages: Form<Page> = { page: (page) => page };

/** What a reader in this process is told; none of these MUST reject. */
export interface Handling {
	page(page: Page): Promise<void>;
	stale(): Promise<void>;
	fresh(): Promise<void>;
}

/** A reader in this process: takes one page after the other, the next when the last has been handled. */
export class HandlerTransport implements Transport<Page> {
	readonly form = pages;
	readonly patient = true;
	readonly #handling: Handling;
	#busy = false;
	#resume: (() => void) | undefined;

	constructor(handling: Handling) {
		this.#handling = handling;
	}

	get writable(): boolean {
		return !this.#busy;
	}

	write(page: Page): boolean {
		return this.#handle(this.#handling.page(page));
	}

	stale(): boolean {
		return this.#handle(this.#handling.stale());
	}

	fresh(): boolean {
		return this.#handle(this.#handling.fresh());
	}

	drained(resume: () => void): void {
		this.#resume = resume;
	}

	end(): void {}

	#handle(handled: Promise<void>): false {
		this.#busy = true;
		void handled.then(() => {
			this.#busy = false;
			const resume = this.#resume;
			this.#resume = undefined;
			resume?.();
		});
		return false;
	}
}
