/** The beginning of what went over the wire in one exchange, as text for a person. */
import type { IncomingMessage } from "node:http";

const most = 1200;
const mostOfPayload = 360;
/** The head of a frame or the length of a chunk, which is often written by itself ahead of what it belongs to. */
const longestLead = 14;
const nothing = Buffer.alloc(0);

/** The head of a request as it was sent, but for what it says of the person. */
export function headOf({ method, url, rawHeaders }: IncomingMessage): string {
	const lines = [`${method} ${url} HTTP/1.1`];
	for (let i = 0; i < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
	return `${lines.join("\r\n")}\r\n\r\n`;
}

export class Glimpse {
	readonly up: string;
	readonly #isSocket: boolean;
	#head: Buffer | undefined;
	#newest: Buffer | undefined;
	#lead = nothing;

	constructor(head: string, isSocket: boolean) {
		this.up = cut(head.replace(/^(cookie|authorization): .*$/gim, "$1: …").trimEnd(), most);
		this.#isSocket = isSocket;
	}

	/** Keeps a beginning alone, and as a copy: the bytes are of a larger piece that must not be held. */
	wrote(bytes: Buffer): void {
		const piece = Buffer.from(bytes.subarray(0, most));
		if (this.#head === undefined) this.#head = piece;
		else if (piece.length <= longestLead) this.#lead = piece;
		else {
			this.#newest = Buffer.concat([this.#lead, piece]);
			this.#lead = nothing;
		}
	}

	/** The head of the answer. */
	get head(): string {
		return cut(this.#first[0] ?? "", most);
	}

	/** What was written last; of an answer in one piece, what follows its head. */
	get body(): string {
		if (this.#newest === undefined) return cut(this.#first.slice(1).join("\n\n"), mostOfPayload);
		return this.#isSocket ? frameText(this.#newest) : cut(textOf(this.#newest).trim(), mostOfPayload);
	}

	get #first(): string[] {
		return this.#head === undefined ? [] : textOf(this.#head).trimEnd().split("\n\n");
	}
}

/** The bytes of a frame's head, then its text. */
function frameText(frame: Buffer): string {
	const short = (frame[1] ?? 0) & 0x7f;
	const head = short < 126 ? 2 : short === 126 ? 4 : 10;
	const hex = frame
		.subarray(0, head)
		.toString("hex")
		.replace(/..(?=.)/g, "$& ");
	return `${hex}  ${cut(textOf(frame.subarray(head)), mostOfPayload)}`;
}

function textOf(bytes: Buffer): string {
	return bytes
		.toString("utf8")
		.replaceAll("\r\n", "\n")
		.replace(/(?!\n)\p{Cc}/gu, "·");
}

function cut(text: string, length: number): string {
	return text.length <= length ? text : `${text.slice(0, length)}…`;
}
