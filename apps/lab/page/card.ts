/** One column as a person sees it. */
import { make, setText } from "@holdfast/kit/page";
import type { Column, Count, Form } from "../shared/lab.ts";
import { explanations, names } from "./words.ts";

export interface Figures {
	readonly readers: number;
	/** Readers that are connected. */
	readonly open: number;
	/** Milliseconds: of the newest messages, in order. */
	readonly latencies: readonly number[];
	readonly received: number;
	readonly lost: number;
	readonly repeated: number;
	readonly outOfOrder: number;
	readonly told: number;
	/** Published, and still to come. */
	readonly behind: number;
}

const rows = {
	received: "Received",
	lost: "Lost",
	repeated: "Repeated",
	outOfOrder: "Out of order",
	behind: "On the way",
	requests: "Requests",
	up: "Bytes up",
	down: "Bytes down",
	connections: "Connections",
} as const;

export class Card {
	readonly #column: Column;
	readonly #state = make("span", "open");
	readonly #late = make("output", "late", "–");
	readonly #spread = make("span", "hint", " ");
	readonly #values = new Map<string, HTMLElement>();
	readonly #explanation = make("p", "explanation");
	readonly #up = make("pre");
	readonly #head = make("pre");
	readonly #body = make("pre");

	constructor(box: HTMLElement, column: Column) {
		this.#column = column;
		box.dataset["column"] = column;
		const title = make("h2", "", make("span", "swatch"), names[column]);
		title.id = `${column}-title`;
		box.setAttribute("aria-labelledby", title.id);
		this.#late.setAttribute("aria-label", `Median latency of ${names[column]}`);
		// It changes four times a second: to be read, not to be told.
		this.#late.setAttribute("aria-live", "off");
		const list = make("dl");
		for (const [name, text] of Object.entries(rows)) {
			const value = make("dd", "", "0");
			value.dataset["row"] = name;
			this.#values.set(name, value);
			list.append(make("dt", "", text), value);
		}
		const exchange = make("div", "exchange", make("h3", "", "The newest exchange"));
		for (const [text, part] of [
			["Request", this.#up],
			["Answer", this.#head],
			[column === "websocket" ? "Newest frame" : column === "sse" ? "Newest event" : "Body", this.#body],
		] as const) {
			part.tabIndex = 0;
			part.setAttribute("role", "region");
			part.setAttribute("aria-label", `${text}, ${names[column]}`);
			exchange.append(make("p", "hint", text), part);
		}
		const head = make("div", "title", title, this.#state);
		const latency = make("p", "latency", this.#late, this.#spread);
		box.append(head, latency, list, this.#explanation, exchange);
	}

	explain(form: Form): void {
		setText(this.#explanation, explanations[this.#column][form]);
	}

	away(): void {
		setText(this.#state, "not connected");
	}

	draw(figures: Figures, count: Count | undefined): void {
		const { readers, open, latencies, lost, repeated, outOfOrder, told } = figures;
		setText(this.#state, `${open} of ${readers} connected`);
		setText(this.#late, latencies.length === 0 ? "–" : ms(latencies[latencies.length >> 1] ?? 0));
		const worst = latencies[Math.floor(latencies.length * 0.99)];
		setText(this.#spread, worst === undefined ? " " : `median; 99 % within ${ms(worst)}`);
		this.#set("received", whole(figures.received));
		this.#set("lost", told === 0 ? whole(lost) : `${whole(lost)}, ${told} gaps told`, lost > 0);
		this.#set("repeated", whole(repeated), repeated > 0);
		this.#set("outOfOrder", whole(outOfOrder), outOfOrder > 0);
		this.#set("behind", whole(figures.behind));
		if (count === undefined) return;
		this.#set("requests", whole(count.requests));
		this.#set("up", bytes(count.up));
		this.#set("down", bytes(count.down));
		this.#set("connections", `${count.open} open, ${count.used} used`);
		setText(this.#up, count.exchange.up);
		setText(this.#head, count.exchange.head);
		setText(this.#body, count.exchange.body);
	}

	#set(row: keyof typeof rows, text: string, isBad = false): void {
		const value = this.#values.get(row);
		if (value === undefined) return;
		setText(value, text);
		value.classList.toggle("bad", isBad);
	}
}

export function ms(value: number): string {
	if (value < 10) return `${Math.max(0, value).toFixed(1)} ms`;
	return value < 10_000 ? `${whole(Math.round(value))} ms` : `${(value / 1000).toFixed(1)} s`;
}

function whole(value: number): string {
	return value.toLocaleString("en");
}

function bytes(value: number): string {
	if (value < 1024) return `${value} B`;
	return value < 1024 ** 2 ? `${(value / 1024).toFixed(1)} KiB` : `${(value / 1024 ** 2).toFixed(2)} MiB`;
}
