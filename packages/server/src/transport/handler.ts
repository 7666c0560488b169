import type { Page } from "@holdfast/protocol";
import type { Form, Transport } from "./transport.ts";

const pages: Form<Page> = { page: (page) => page };

/** A reader in this process: takes one page after the other, the next when the last has been handled. */
export class HandlerTransport implements Transport<Page> {
	readonly form = pages;
	readonly patient = true;
	readonly #handle: (page: Page) => Promise<void>;
	#busy = false;
	#resume: (() => void) | undefined;

	/** `handle` MUST NOT reject. */
	constructor(handle: (page: Page) => Promise<void>) {
		this.#handle = handle;
	}

	get writable(): boolean {
		return !this.#busy;
	}

	write(page: Page): boolean {
		this.#busy = true;
		void this.#handle(page).then(() => {
			this.#busy = false;
			const resume = this.#resume;
			this.#resume = undefined;
			resume?.();
		});
		return false;
	}

	drained(resume: () => void): void {
		this.#resume = resume;
	}

	end(): void {}
}
