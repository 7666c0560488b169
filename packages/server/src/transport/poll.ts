import { type Page, pollBody } from "@holdfast/protocol";
import type { Form, Transport } from "./transport.ts";

/** The answer to a poll. */
export interface Answer {
	readonly body: Buffer;
	readonly next: string;
	/** Nothing to tell: no message and no gap. */
	readonly empty: boolean;
}

const forms = new Map<string, Form<Answer>>();

/** Polls that ask for as many messages share a form, and so an answer. */
export function pollForm(limit: number, several: boolean): Form<Answer> {
	const name = `${limit} ${several}`;
	let form = forms.get(name);
	if (form === undefined) {
		form = { page: (page) => pollAnswer(cut(page, limit), several) };
		forms.set(name, form);
	}
	return form;
}

export function pollAnswer(page: Page, several: boolean): Answer {
	const empty = page.messages.length === 0 && page.gaps.length === 0;
	return { body: Buffer.from(pollBody(page, several)), next: page.next, empty };
}

function cut(page: Page, limit: number): Page {
	if (page.messages.length <= limit) return page;
	const cursors = page.cursors.slice(0, limit);
	return { gaps: page.gaps, messages: page.messages.slice(0, limit), cursors, next: cursors.at(-1) ?? page.next, more: true };
}

/** A poll that waits: its first page is its answer, and ends it. */
export class PollTransport implements Transport<Answer> {
	readonly form: Form<Answer>;
	readonly #answer: (answer: Answer) => void;
	readonly #nothing: () => void;
	writable = true;

	/** `nothing`: answers that there is nothing to tell. */
	constructor(form: Form<Answer>, answer: (answer: Answer) => void, nothing: () => void) {
		this.form = form;
		this.#answer = answer;
		this.#nothing = nothing;
	}

	write(answer: Answer): boolean {
		if (this.writable) {
			this.writable = false;
			this.#answer(answer);
		}
		return false;
	}

	stale(): boolean {
		if (this.writable) {
			this.writable = false;
			this.#nothing();
		}
		return false;
	}

	drained(): void {}

	/** A poll takes one page, so nothing can make it slow; whoever waits for too long is answered by its own time. */
	end(): void {}
}
