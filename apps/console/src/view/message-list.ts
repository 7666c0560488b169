/** The messages as they come, oldest first, with what is told between them. */

import { byId, make, setText } from "../../../look/dom.ts";
import { count, dataText } from "../data-text.ts";
import type { Gap, Message } from "../wire/way.ts";
import { oncePerFrame } from "./once-per-frame.ts";

/** Rows kept in the document, and rows that wait while the page is in the background. */
export const mostRows = 500;

const reasons: Readonly<Record<string, string>> = {
	expired: "they are older than what is kept",
	reset: "the channel began a new life",
	unknown: "the log lost its newest messages",
	damaged: "they cannot be read any more",
};

const clock = new Intl.DateTimeFormat("en-GB", {
	hour: "2-digit",
	minute: "2-digit",
	second: "2-digit",
	fractionalSecondDigits: 3,
});

export class MessageList {
	readonly #list = byId("messages", HTMLOListElement);
	readonly #scroll = byId("scroll", HTMLElement);
	readonly #newer = byId("newer", HTMLButtonElement);
	readonly #empty = byId("empty", HTMLParagraphElement);
	readonly #shown = byId("shown", HTMLParagraphElement);
	readonly #draw = oncePerFrame(() => this.#drawNow());
	#waiting: (() => HTMLLIElement)[] = [];
	#messages = 0;

	constructor() {
		this.#newer.addEventListener("click", () => this.#toEnd());
		this.#scroll.addEventListener("scroll", () => {
			if (this.#atEnd()) this.#newer.hidden = true;
		});
		// Whoever stands at the end stays there when the list gives room to the field for the token.
		let height = this.#scroll.clientHeight;
		new ResizeObserver(() => {
			if (this.#atEnd(height)) this.#toEnd();
			height = this.#scroll.clientHeight;
		}).observe(this.#scroll);
	}

	message(message: Message): void {
		this.#messages += 1;
		this.#add(() => messageRow(message));
	}

	gap(gap: Gap): void {
		const why = reasons[gap.reason] ?? gap.reason;
		this.#add(() =>
			make(
				"li",
				"gap",
				`Gap (${gap.reason}): messages after ${gap.after} are gone because ${why}. Reading goes on after ${gap.next}.`,
			),
		);
	}

	note(text: string): void {
		this.#add(() => make("li", "note", text));
	}

	/** What stands in the list while it is empty. */
	whileEmpty(readable: boolean): void {
		setText(
			this.#empty,
			readable
				? "Nothing here yet. Publish a message below, or from a shell."
				: "The server tells nothing here before it knows who you are.",
		);
	}

	clear(): void {
		this.#waiting = [];
		this.#messages = 0;
		this.#list.replaceChildren();
		this.#newer.hidden = true;
		this.#draw();
	}

	#add(row: () => HTMLLIElement): void {
		this.#waiting.push(row);
		if (this.#waiting.length > mostRows) this.#waiting.shift();
		this.#draw();
	}

	#drawNow(): void {
		const following = this.#atEnd();
		const rows = this.#waiting.map((row) => row());
		this.#waiting = [];
		this.#list.append(...rows);
		while (this.#list.childElementCount > mostRows) this.#list.firstElementChild?.remove();
		this.#empty.hidden = this.#list.childElementCount > 0;
		const shown = this.#list.querySelectorAll(".message").length;
		setText(
			this.#shown,
			shown < this.#messages ? `newest ${shown} of ${this.#messages.toLocaleString("en")}` : count(shown, "message"),
		);
		if (following) this.#toEnd();
		else if (rows.length > 0) this.#newer.hidden = false;
	}

	#atEnd(height = this.#scroll.clientHeight): boolean {
		const { scrollHeight, scrollTop } = this.#scroll;
		return scrollHeight - scrollTop - height < 32;
	}

	#toEnd(): void {
		this.#scroll.scrollTop = this.#scroll.scrollHeight;
		this.#newer.hidden = true;
	}
}

function messageRow(message: Message): HTMLLIElement {
	const time = make("time", "", clock.format(message.time));
	time.dateTime = new Date(message.time).toISOString();
	const about = make("span", "about");
	if (message.event !== undefined) about.append(make("span", "tag event", message.event));
	if (message.from !== undefined) about.append(make("span", "tag", `from ${message.from}`));
	if (message.key !== undefined) about.append(make("span", "tag", `key ${message.key}`));
	const row = make("li", "message", make("span", "id", message.id), time, about, dataCell(message));
	return row;
}

function dataCell(message: Message): HTMLSpanElement {
	const { kind, short, whole, note } = dataText(message);
	const text = make("span", "text", short);
	const cell = make("span", `data ${kind}`, text);
	if (kind !== "text") cell.append(make("span", "kind", note));
	if (whole === undefined) return cell;
	const button = make("button", "more", "More");
	button.type = "button";
	button.ariaExpanded = "false";
	button.addEventListener("click", () => {
		const open = button.ariaExpanded !== "true";
		button.ariaExpanded = String(open);
		button.textContent = open ? "Less" : "More";
		cell.classList.toggle("open", open);
		text.textContent = open ? whole : short;
	});
	cell.append(button);
	return cell;
}
