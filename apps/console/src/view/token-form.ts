/** Who a person is to the server: the field for a token or an API key, folded away until somebody needs it. */

import { byId, setText } from "../../../look/dom.ts";
import { keepToken, keptToken, tokenFault } from "../token.ts";

export class TokenForm {
	readonly #fold = byId("token-fold", HTMLButtonElement);
	readonly #form = byId("token-form", HTMLFormElement);
	readonly #input = byId("token", HTMLInputElement);
	readonly #show = byId("token-show", HTMLButtonElement);
	readonly #forget = byId("token-forget", HTMLButtonElement);
	readonly #fault = byId("token-fault", HTMLParagraphElement);
	#token = keptToken();
	/** A token was given, and the server has not yet shown what it thinks of it. */
	#given = false;

	/** `changed` is called when somebody gave a token, or had it forgotten. */
	constructor(changed: () => void) {
		this.#input.value = this.#token ?? "";
		this.#forget.disabled = this.#token === undefined;
		this.#fold.addEventListener("click", () => (this.#form.hidden ? this.focus() : this.#close()));
		this.#show.addEventListener("click", () => this.#reveal(this.#input.type === "password"));
		this.#input.addEventListener("input", () => this.#tellFault(undefined));
		this.#form.addEventListener("keydown", ({ key }) => {
			if (key === "Escape") this.#close();
		});
		this.#forget.addEventListener("click", () => {
			this.#input.value = "";
			this.#tellFault(undefined);
			this.#keep(undefined);
			changed();
			this.#input.focus();
		});
		this.#form.addEventListener("submit", (event) => {
			event.preventDefault();
			const given = this.#input.value.trim();
			const fault = tokenFault(given);
			this.#tellFault(fault);
			if (fault !== undefined) return this.#input.focus();
			this.#keep(given);
			changed();
		});
	}

	get token(): string | undefined {
		return this.#token;
	}

	/** The server asks. The focus stays where the person is, who may be writing. */
	ask(): void {
		this.#given = false;
		this.#unfold(true);
	}

	/** The person asks. */
	focus(): void {
		this.#unfold(true);
		this.#input.focus();
		this.#input.select();
	}

	/** What was given has let the person in. */
	accepted(): void {
		if (this.#given) this.#close();
		this.#given = false;
	}

	#close(): void {
		const inside = this.#form.contains(document.activeElement);
		this.#unfold(false);
		if (inside) this.#fold.focus();
	}

	#unfold(open: boolean): void {
		this.#form.hidden = !open;
		this.#fold.ariaExpanded = String(open);
		if (!open) this.#reveal(false);
	}

	#keep(token: string | undefined): void {
		this.#token = token;
		this.#given = token !== undefined;
		this.#forget.disabled = token === undefined;
		this.#reveal(false);
		keepToken(token);
	}

	#reveal(shown: boolean): void {
		this.#input.type = shown ? "text" : "password";
		setText(this.#show, shown ? "Hide" : "Show");
	}

	#tellFault(fault: string | undefined): void {
		setText(this.#fault, fault ?? "");
		this.#input.ariaInvalid = String(fault !== undefined);
	}
}
