/** Publishing from the page: text or JSON, an event name, Enter sends. */

import { byId } from "../../../look/dom.ts";
import type { Draft, Outcome } from "../wire/publish.ts";

export class PublishForm {
	readonly #form = byId("publish", HTMLFormElement);
	readonly #data = byId("data", HTMLTextAreaElement);
	readonly #event = byId("event", HTMLInputElement);
	readonly #outcome = byId("outcome", HTMLParagraphElement);

	constructor(publish: (draft: Omit<Draft, "channel" | "token">) => Promise<Outcome>) {
		this.#data.addEventListener("keydown", (event) => {
			// Enter that ends the composing of a character is not ours.
			if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
			event.preventDefault();
			this.#form.requestSubmit();
		});
		this.#form.addEventListener("submit", (event) => {
			event.preventDefault();
			void this.#send(publish);
		});
	}

	async #send(publish: (draft: Omit<Draft, "channel" | "token">) => Promise<Outcome>): Promise<void> {
		const body = this.#data.value;
		const json = new FormData(this.#form).get("format") === "json";
		const fault = json ? jsonFault(body) : undefined;
		if (fault !== undefined) {
			this.#show({ stored: false, says: fault }, true);
			return;
		}
		const outcome = await publish({ body, type: json ? "application/json" : "text/plain", event: this.#event.value });
		// What a person typed since is the next message.
		if (outcome.stored && this.#data.value === body) this.#data.value = "";
		this.#show(outcome, false);
	}

	#show({ stored, says }: Outcome, ofData: boolean): void {
		this.#outcome.textContent = says;
		this.#outcome.className = stored ? "" : "fault";
		this.#data.ariaInvalid = String(ofData);
	}
}

export function jsonFault(text: string): string | undefined {
	if (text.trim() === "") return "Not JSON yet: write a value, or send it as text.";
	try {
		JSON.parse(text);
		return undefined;
	} catch (error) {
		return `Not JSON: ${error instanceof Error ? error.message : String(error)}`;
	}
}
