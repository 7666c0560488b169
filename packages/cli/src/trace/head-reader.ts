/** Cuts the head of an HTTP message from the bytes that follow it. */

/** Longer than any head that a server takes. */
const longest = 256 * 1024;

export class HeadReader {
	#bytes: Buffer = Buffer.alloc(0);

	/** The head's lines and what came after it, once it is whole. */
	push(bytes: Uint8Array): { readonly lines: readonly string[]; readonly rest: Uint8Array } | undefined {
		this.#bytes = Buffer.concat([this.#bytes, bytes]);
		const end = this.#bytes.indexOf("\r\n\r\n");
		if (end === -1) {
			if (this.#bytes.length > longest) this.#bytes = Buffer.alloc(0);
			return undefined;
		}
		const whole = this.#bytes;
		this.#bytes = Buffer.alloc(0);
		return { lines: whole.toString("latin1", 0, end).split("\r\n"), rest: whole.subarray(end + 4) };
	}
}

/** A head as a trace shows it; credentials are for the server, not for a screen or a log. */
export function printHead(
	lines: readonly string[],
	sign: ">" | "<",
	print: (line: string) => void,
	show: (text: string) => string,
): void {
	for (const line of lines) print(`${sign} ${show(line.replace(/^(authorization: *\S+ ).*/i, "$1…"))}`);
	print(sign);
}
