/** Forms that ask the page's own server, with what came of it beside them in words. */

import { setText } from "../../../apps/look/dom.ts";
import { ask } from "./ask.ts";

/** What came of it stands in `place`: the words that `act` gives, if it gives any, or why it failed. Until then, sending again does nothing. */
export function onSubmit(
	form: HTMLFormElement,
	place: Element,
	act: (fields: Record<string, FormDataEntryValue>) => Promise<unknown>,
): void {
	let isBusy = false;
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		if (isBusy) return;
		isBusy = true;
		setText(place, "");
		const fields = Object.fromEntries(new FormData(form));
		const outcome = await act(fields).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
		isBusy = false;
		place.classList.toggle("fault", outcome instanceof Error);
		setText(place, outcome instanceof Error ? outcome.message : typeof outcome === "string" ? outcome : "");
	});
}

/** For a form that makes another user of the visitor, by the route that its id names. */
export function changesUser(form: HTMLFormElement, place: Element): void {
	onSubmit(form, place, async (fields) => {
		await ask(form.id, fields);
		// A connection is of one user for all its life: the page begins anew.
		location.reload();
	});
}

/** Enter sends the form, Shift+Enter begins a new line. */
export function sendByEnter(text: HTMLTextAreaElement): void {
	text.addEventListener("keydown", (event) => {
		if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
		event.preventDefault();
		text.form?.requestSubmit();
	});
}
