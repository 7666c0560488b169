/** Lines from bytes that arrive in pieces, with bounded memory however long a line is. */

export type Line = { readonly number: number; readonly text: string } | { readonly number: number; readonly fault: string };

const lineFeed = 10;
const carriageReturn = 13;

/** For each piece the lines that it completes. A line ends at `\n` or `\r\n`; the last one needs no end. */
export async function* linesOf(pieces: AsyncIterable<Uint8Array>, longest: number): AsyncGenerator<readonly Line[]> {
	const splitter = new LineSplitter(longest);
	for await (const piece of pieces) yield splitter.push(piece);
	yield splitter.end();
}

class LineSplitter {
	readonly #longest: number;
	#number = 0;
	/** Of the line under way. */
	#parts: Uint8Array[] = [];
	#size = 0;

	constructor(longest: number) {
		this.#longest = longest;
	}

	push(piece: Uint8Array): Line[] {
		const lines: Line[] = [];
		let from = 0;
		for (let end = piece.indexOf(lineFeed); end !== -1; end = piece.indexOf(lineFeed, from)) {
			this.#take(piece.subarray(from, end));
			lines.push(this.#finish());
			from = end + 1;
		}
		this.#take(piece.subarray(from));
		return lines;
	}

	end(): Line[] {
		return this.#size === 0 ? [] : [this.#finish()];
	}

	#take(part: Uint8Array): void {
		this.#size += part.length;
		// Of a line that is too long only its length is kept.
		if (this.#size > this.#longest) this.#parts = [];
		else if (part.length > 0) this.#parts.push(part);
	}

	#finish(): Line {
		const number = ++this.#number;
		const bytes = Buffer.concat(this.#parts);
		const size = this.#size;
		this.#parts = [];
		this.#size = 0;
		if (size > this.#longest) return { number, fault: `${size} bytes are too long for a line; at most ${this.#longest} go` };
		const text = decode(bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes);
		return text === undefined ? { number, fault: "not UTF-8" } : { number, text };
	}
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string | undefined {
	try {
		return utf8.decode(bytes);
	} catch {
		return undefined;
	}
}
