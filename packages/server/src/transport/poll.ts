import { type Page, pollBody } from "@holdfast/protocol";
import type { Form } from "./transport.ts";

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
