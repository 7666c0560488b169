/** What is published: 128 bytes of text that end with `#` and the message's number in eight digits. */

export const payloadBytes = 128;
const digits = 8;
const filler = "x".repeat(payloadBytes - digits - 1);

/** Stands before the number, and nowhere else in what any of the servers sends. */
export const mark = 0x23;
/** Bytes of the mark and the number. */
export const tailBytes = digits + 1;

export function payload(number: number): string {
	return `${filler}#${String(number).padStart(digits, "0")}`;
}

/** The number that follows the mark at `at`. */
export function numberAt(bytes: Uint8Array, at: number): number {
	let number = 0;
	for (let i = at + 1; i <= at + digits; i++) number = number * 10 + (bytes[i] as number) - 48;
	return number;
}
