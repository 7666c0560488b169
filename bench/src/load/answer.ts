/** Whole answers of HTTP/1.1, as publishers and polls read them. */
import { endOfHead } from "./connection.ts";

export interface Answer {
	readonly status: number;
	readonly head: string;
	/** Where its body begins and where the answer ends, in the bytes handed in. */
	readonly bodyAt: number;
	readonly end: number;
}

const lengthLine = /\r\ncontent-length: *(\d+)/i;
const chunkedLine = /\r\ntransfer-encoding: *chunked/i;

/** The answer that begins at `begin`, or undefined while it is not whole. */
export function readAnswer(bytes: Buffer, begin: number, end: number): Answer | undefined {
	const bodyAt = endOfHead(bytes, begin, end);
	if (bodyAt < 0) return undefined;
	const head = bytes.toString("latin1", begin, bodyAt);
	const status = Number(head.slice(9, 12));
	const length = lengthLine.exec(head)?.[1];
	let last = bodyAt;
	if (length !== undefined) {
		last += Number(length);
	} else if (chunkedLine.test(head)) {
		const at = bytes.indexOf("0\r\n\r\n", bodyAt, "latin1");
		if (at < 0) return undefined;
		last = at + 5;
	}
	return last > end ? undefined : { status, head, bodyAt, end: last };
}

/** A header's value without quotation marks. @throws Error when the head has none. */
export function headerOf(head: string, name: string): string {
	const [, value] = new RegExp(`\r\n${name}: *"?([^"\r\n]*)`, "i").exec(head) ?? [];
	if (value === undefined) throw new Error(`an answer without ${name}: ${head}`);
	return value;
}
