/** How a message's data is shown. */
import type { Message } from "./wire/way.ts";

export interface DataText {
	/** `text` for a string, which is shown as it is; so that "1" and 1 can be told apart, JSON says that it is JSON. */
	readonly kind: "text" | "json" | "base64";
	/** On one line, cut after some characters. */
	readonly short: string;
	/** The whole, where `short` is not; JSON on several lines. */
	readonly whole: string | undefined;
	readonly note: string;
}

const longest = 240;
const lineBreaks = /\r\n|[\r\n\u2028\u2029]/g;

export function dataText({ data, encoding }: Pick<Message, "data" | "encoding">): DataText {
	if (typeof data !== "string") {
		const text = JSON.stringify(data);
		const whole = text.length > longest ? JSON.stringify(data, undefined, 2) : undefined;
		return { kind: "json", short: cut(text), whole, note: "JSON" };
	}
	if (encoding === "base64") {
		const size = count(Math.floor((data.replace(/=+$/, "").length * 3) / 4), "byte");
		return { kind: "base64", short: cut(data), whole: data.length > longest ? data : undefined, note: `base64, ${size}` };
	}
	const oneLine = data.replace(lineBreaks, " ⏎ ");
	const whole = oneLine !== data || data.length > longest ? data : undefined;
	return { kind: "text", short: data === "" ? "(empty)" : cut(oneLine), whole, note: "text" };
}

/** The first characters of `text`; never half a surrogate pair. */
function cut(text: string): string {
	if (text.length <= longest) return text;
	return `${text.slice(0, longest).replace(/[\ud800-\udbff]$/, "")}…`;
}

export function count(n: number, noun: string): string {
	return `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
}
