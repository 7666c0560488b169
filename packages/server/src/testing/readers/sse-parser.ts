/** Event streams as the HTML standard reads them. */

export interface SseEvent {
	/** `message` unless the stream names it. */
	readonly type: string;
	readonly data: string;
	readonly lastEventId: string;
}

export class SseParser {
	readonly #dispatch: (event: SseEvent) => void;
	readonly #decoder = new TextDecoder();
	#text = "";
	#type = "";
	#data = "";
	#id = "";
	/** Milliseconds before coming back, once the stream has told. */
	retry: number | undefined;
	comments = 0;

	constructor(dispatch: (event: SseEvent) => void) {
		this.#dispatch = dispatch;
	}

	push(bytes: Uint8Array): void {
		this.#text += this.#decoder.decode(bytes, { stream: true });
		for (;;) {
			const line = /^([^\r\n]*)(\r\n|\n|\r(?=[^\n]))/.exec(this.#text);
			if (line === null) return;
			this.#text = this.#text.slice(line[0].length);
			this.#line(line[1] as string);
		}
	}

	#line(line: string): void {
		if (line === "") {
			if (this.#data !== "") {
				this.#dispatch({ type: this.#type || "message", data: this.#data.slice(0, -1), lastEventId: this.#id });
			}
			this.#type = "";
			this.#data = "";
			return;
		}
		const colon = line.indexOf(":");
		if (colon === 0) {
			this.comments++;
			return;
		}
		const name = colon === -1 ? line : line.slice(0, colon);
		const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
		if (name === "event") this.#type = value;
		else if (name === "data") this.#data += `${value}\n`;
		else if (name === "id" && !value.includes("\0")) this.#id = value;
		else if (name === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
	}
}
