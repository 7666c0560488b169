/** Server-Sent Events from text that arrives in pieces cut anywhere (WHATWG HTML, section 9.2.6). */

export interface SseEvent {
	readonly event: string;
	readonly data: string;
	/** The last id that the stream has given, also when another event gave it. */
	readonly id: string;
}

export class SseParser {
	/** Milliseconds before coming back, as the stream last said. */
	retry: number | undefined;
	#rest = "";
	/** A `\r` ended the last piece: a `\n` that begins the next one belongs to it. */
	#afterReturn = false;
	#begun = false;
	#event = "";
	#data: string[] = [];
	#size = 0;
	#id = "";
	readonly #longest: number;
	readonly #seen: ((line: string) => void) | undefined;

	/** `seen` is shown each line as it is read; `longest` bounds one event, in characters. */
	constructor(longest: number, seen?: (line: string) => void) {
		this.#longest = longest;
		this.#seen = seen;
	}

	/** @throws RangeError for an event that is longer than it may be. */
	*push(piece: string): Generator<SseEvent> {
		for (const line of this.#lines(piece)) {
			this.#seen?.(line);
			const event = this.#line(line);
			if (event !== undefined) yield event;
		}
		this.#bound();
	}

	*#lines(piece: string): Generator<string> {
		let text = this.#begun || !piece.startsWith("\uFEFF") ? piece : piece.slice(1);
		if (piece !== "") this.#begun = true;
		if (this.#afterReturn && text !== "") {
			if (text.startsWith("\n")) text = text.slice(1);
			this.#afterReturn = false;
		}
		let from = 0;
		for (const { 0: lineBreak, index } of text.matchAll(/\r\n|\r|\n/g)) {
			const line = this.#rest + text.slice(from, index);
			this.#rest = "";
			from = index + lineBreak.length;
			if (lineBreak === "\r" && from === text.length) this.#afterReturn = true;
			yield line;
		}
		this.#rest += text.slice(from);
	}

	#line(line: string): SseEvent | undefined {
		if (line === "") return this.#dispatch();
		const colon = line.indexOf(":");
		if (colon === 0) return undefined;
		const field = colon === -1 ? line : line.slice(0, colon);
		const value = colon === -1 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
		if (field === "event") this.#event = value;
		else if (field === "data") this.#take(value);
		else if (field === "id" && !value.includes("\0")) this.#id = value;
		else if (field === "retry" && /^\d{1,9}$/.test(value)) this.retry = Number(value);
		return undefined;
	}

	#take(value: string): void {
		this.#data.push(value);
		this.#size += value.length + 1;
		this.#bound();
	}

	#bound(): void {
		if (this.#size + this.#rest.length > this.#longest) throw new RangeError("an event without end");
	}

	#dispatch(): SseEvent | undefined {
		const data = this.#data;
		const event = { event: this.#event || "message", data: data.join("\n"), id: this.#id };
		this.#event = "";
		this.#data = [];
		this.#size = 0;
		return data.length === 0 ? undefined : event;
	}
}
