/** The knobs, as choices: each is a number within the bounds of the server. */
import { byId, make } from "@holdfast/kit/page";
import { type Form, initialKnobs, type Knobs } from "../shared/lab.ts";

/** What is turned here: the server's knobs, and two of the page alone. */
export interface Settings extends Knobs {
	/** Milliseconds between two short polls. */
	readonly interval: number;
	/** Of each column. */
	readonly readers: number;
}

const bytes = (value: number) => (value < 1024 ? `${value} B` : `${value / 1024} KiB`);
const ms = (value: number) => (value === 0 ? "none" : value < 1000 ? `${value} ms` : `${value / 1000} s`);
const seconds = (value: number) => (value === 0 ? "never" : `every ${value} s`);

interface Choice {
	readonly label: string;
	readonly values: readonly number[];
	text(value: number): string;
}

const choices: Readonly<Record<keyof Settings, Choice>> = {
	rate: { label: "Messages a second", values: [0.5, 1, 2, 4, 10, 20, 50, 100, 200], text: String },
	size: { label: "Filling of each", values: [0, 64, 256, 1024, 4096, 16_384], text: bytes },
	interval: { label: "Short poll every", values: [250, 500, 1000, 2000, 5000], text: ms },
	readers: { label: "Readers a column", values: [1, 2, 3, 4, 6, 8, 12], text: String },
	delay: { label: "Delay, each way", values: [0, 20, 50, 100, 200, 500, 1000, 2000], text: ms },
	cut: { label: "Cut all lines", values: [0, 2, 5, 10, 15, 30], text: seconds },
	patience: {
		label: "Proxy's patience",
		values: [0, 1, 3, 10, 30, 60],
		text: (value) => (value === 0 ? "without end" : `${value} s of silence`),
	},
};

export class Panel {
	readonly #selects = new Map<keyof Settings, HTMLSelectElement>();

	/** `turned`: a knob. `chose`: another form. */
	constructor(turned: () => void, chose: (form: Form) => void) {
		const initial: Settings = { ...initialKnobs, interval: 1000, readers: 1 };
		const box = byId("knobs", HTMLElement);
		for (const [name, { label, values, text }] of Object.entries(choices) as [keyof Settings, Choice][]) {
			const select = make("select");
			select.id = `${name}-knob`;
			select.append(...values.map((value) => new Option(text(value), String(value), false, value === initial[name])));
			select.addEventListener("change", turned);
			const caption = make("label", "", label);
			caption.htmlFor = select.id;
			box.append(make("div", "field", caption, select));
			this.#selects.set(name, select);
		}
		for (const input of document.querySelectorAll<HTMLInputElement>("input[name=form]")) {
			input.addEventListener("change", () => chose(this.form));
		}
	}

	get form(): Form {
		return document.querySelector<HTMLInputElement>("input[name=form]:checked")?.value as Form;
	}

	get settings(): Settings {
		return Object.fromEntries([...this.#selects].map(([name, select]) => [name, Number(select.value)])) as unknown as Settings;
	}

	/** Back to what holds, after a refusal. A rate of 0 is a page that is paused. */
	show(knobs: Knobs): void {
		for (const [name, value] of Object.entries(knobs)) {
			const select = this.#selects.get(name as keyof Knobs);
			if (select && (name !== "rate" || value > 0)) select.value = String(value);
		}
	}
}
