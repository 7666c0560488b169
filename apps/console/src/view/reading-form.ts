/** What to read and how: the channel, where to begin, the transport. */

import { byId, setText } from "../../../look/dom.ts";
import { beginnings, channelFault, intervals, isKey, type Settings, type TransportName, transports } from "../settings.ts";

const hints: Readonly<Record<TransportName, string>> = {
	poll: "A request every now and then, answered at once. What comes between two polls waits in the log.",
	"long-poll": "A request that the server holds for up to 25 s and answers as soon as there is something.",
	sse: "One answer that never ends, read by EventSource.",
	websocket: "One connection in the plain form: a JSON text frame a message.",
};

export class ReadingForm {
	readonly #form = byId("reading", HTMLFormElement);
	readonly #channel = byId("channel", HTMLInputElement);
	readonly #interval = byId("interval", HTMLSelectElement);
	readonly #fault = byId("channel-fault", HTMLParagraphElement);
	readonly #hint = byId("transport-hint", HTMLParagraphElement);

	/** `opened` is a channel chosen on purpose, `changed` any other choice. */
	constructor(opened: (settings: Settings) => void, changed: (settings: Settings) => void) {
		for (const ms of intervals) this.#interval.append(new Option(`${ms / 1000} s`, String(ms)));
		this.#form.addEventListener("submit", (event) => {
			event.preventDefault();
			const settings = this.#read();
			if (settings === undefined) this.askChannel();
			else opened(settings);
		});
		this.#form.addEventListener("change", ({ target }) => {
			const settings = this.#read();
			// A channel is opened by Enter or the button, which follow; opening it here too would read it twice.
			if (settings !== undefined && target !== this.#channel) changed(settings);
		});
		this.#channel.addEventListener("input", () => {
			// A fault is told when the person has finished, and taken back as soon as it is mended.
			if (channelFault(this.#channel.value.trim()) === undefined) this.#tellFault(undefined);
		});
	}

	/** Shows `settings`, and what is wrong with the channel's name where something is. */
	show(settings: Settings): void {
		this.#channel.value = settings.channel;
		this.#interval.value = String(settings.interval);
		for (const name of ["begin", "transport"] as const) {
			const choice = this.#form.elements.namedItem(name);
			if (choice instanceof RadioNodeList) choice.value = settings[name];
		}
		this.#read();
	}

	askChannel(): void {
		this.#channel.focus();
	}

	#read(): Settings | undefined {
		const given = new FormData(this.#form);
		const transport = String(given.get("transport"));
		const begin = String(given.get("begin"));
		const channel = this.#channel.value.trim();
		const fault = channelFault(channel);
		this.#tellFault(fault);
		if (!isKey(transports, transport) || !isKey(beginnings, begin)) return undefined;
		setText(this.#hint, hints[transport]);
		this.#interval.disabled = transport !== "poll";
		const interval = Number(this.#interval.value);
		return fault === undefined ? { channel, transport, begin, interval } : undefined;
	}

	#tellFault(fault: string | undefined): void {
		setText(this.#fault, fault ?? "");
		this.#channel.ariaInvalid = String(fault !== undefined);
	}
}
