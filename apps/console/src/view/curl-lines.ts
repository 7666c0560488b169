/** The lines for a shell, and copying them. */

import { byId, setText } from "../../../look/dom.ts";
import { publishingLine, readingLine } from "../curl.ts";
import type { TransportName } from "../settings.ts";
import { messagesUrl } from "../wire/address.ts";

export class CurlLines {
	readonly #read = byId("curl-read", HTMLElement);
	readonly #publish = byId("curl-publish", HTMLElement);
	readonly #copied = byId("copied", HTMLParagraphElement);

	constructor() {
		for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copies]")) {
			const line = byId(button.dataset["copies"] ?? "", HTMLElement);
			button.addEventListener("click", () => void this.#copy(line));
		}
	}

	show(channel: string, transport: TransportName, start: string, withToken: boolean): void {
		const url = messagesUrl(channel).href;
		setText(this.#read, readingLine(transport, url, start, withToken));
		setText(this.#publish, publishingLine(url, withToken));
		setText(this.#copied, "");
	}

	async #copy(line: HTMLElement): Promise<void> {
		try {
			await navigator.clipboard.writeText(line.textContent ?? "");
			this.#copied.textContent = "Copied.";
		} catch {
			// Browsers keep the clipboard from pages that came over plain HTTP from another machine.
			getSelection()?.selectAllChildren(line);
			this.#copied.textContent = "Selected: copy it with your keyboard.";
		}
	}
}
