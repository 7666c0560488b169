/** What is published: ASCII text that ends with `#` and the message's number in eight digits. */

const digits = 8;

/** Stands before the number, and nowhere else in what any of the servers sends. */
export const mark = 0x23;
/** Bytes of the mark and the number. */
export const tailBytes = digits + 1;

export function payload(number: number, bytes = 128): string {
	return `${"x".repeat(bytes - tailBytes)}#${String(number).padStart(digits, "0")}`;
}

/** The number that follows the mark at `at`. */
export function numberAt(bytes: Uint8Array, at: number): number {
	let number = 0;
	for (let i = at + 1; i <= at + digits; i++) number = number * 10 + (bytes[i] as number) - 48;
	return number;
}

/** Requests that differ only in the number of their last message. */
export class Template {
	readonly #bytes: Buffer;
	readonly #numberAt: number;

	constructor(request: string) {
		this.#bytes = Buffer.from(request, "latin1");
		this.#numberAt = this.#bytes.lastIndexOf(mark) + 1;
	}

	/** A copy, since the one before may still wait in a socket. */
	with(number: number): Buffer {
		const bytes = Buffer.allocUnsafe(this.#bytes.length);
		this.#bytes.copy(bytes);
		let rest = number;
		for (let i = this.#numberAt + digits - 1; i >= this.#numberAt; i--) {
			bytes[i] = 48 + (rest % 10);
			rest = Math.floor(rest / 10);
		}
		return bytes;
	}
}
