/** One event of an event stream. */
export interface SseEvent {
	readonly event: string;
	readonly data: string;
	/** Milliseconds before coming back, where the block says it. */
	readonly retry: number | undefined;
}

/**
 * Reads Server-Sent Events from text that comes in pieces, cut anywhere. What is not used here (ids: a message has its own) is
 * passed over, as comments are.
 */
export class SseParser {
	#rest = "";
	#fields = new Map<string, string>();

	push(piece: string): SseEvent[] {
		const events: SseEvent[] = [];
		// A carriage return at the end may be half of a line break; it waits for what follows.
		const lines = (this.#rest + piece).split(/\r\n|\n|\r(?!$)/);
		this.#rest = lines.pop() as string;
		for (const line of lines) {
			if (line !== "") this.#line(line);
			else if (this.#fields.has("data")) events.push(this.#take());
			else this.#fields.clear();
		}
		return events;
	}

	#line(line: string): void {
		const [, field, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) as unknown as [string, string, string | undefined];
		const before = field === "data" ? this.#fields.get(field) : undefined;
		this.#fields.set(field, (before === undefined ? "" : `${before}\n`) + (value ?? ""));
	}

	#take(): SseEvent {
		const { event = "", data = "", retry } = Object.fromEntries(this.#fields);
		this.#fields.clear();
		return { event, data, retry: retry === undefined ? undefined : Number(retry) };
	}
}
