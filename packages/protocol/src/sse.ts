/** Server-Sent Events as text. */
import { type Gap, type Message, messageFields, type Opening, type Page } from "./message.ts";

/** The lines of one event; a field that is not there is not written. */
export interface SseBlock {
	readonly event?: string;
	readonly data?: string;
	readonly id?: string;
	/** Milliseconds before the browser comes back. */
	readonly retry?: number;
}

const lineBreak = /\r\n|\r|\n/;
const lineBreaks = /[\r\n]/;

/** Data may hold any text: each of its lines becomes a `data:` line. The other fields must hold no line break. */
export function sseBlock(block: SseBlock): string {
	let text = "";
	if (block.event !== undefined) text += `event: ${block.event}\n`;
	if (block.retry !== undefined) text += `retry: ${block.retry}\n`;
	if (block.data !== undefined) {
		const data = lineBreaks.test(block.data) ? block.data.split(lineBreak).join("\ndata: ") : block.data;
		text += `data: ${data}\n`;
	}
	if (block.id !== undefined) text += `id: ${block.id}\n`;
	return `${text}\n`;
}

/**
 * `raw` gives the bare data: a string as it is, base64 as its text, else JSON. Unless it is `named`, a message comes under the
 * default name, for a reader that cannot know all names: `EventSource` drops what it has no listener for.
 */
export function sseMessage(message: Message, cursor: string, raw: boolean, named = true): string {
	const block = { data: raw ? rawData(message) : `{${messageFields(message)}}`, id: cursor };
	return sseBlock(message.event === undefined || !named ? block : { ...block, event: message.event });
}

export function sseOpen(opening: Opening, retry: number): string {
	return sseBlock({ event: "$open", retry, data: JSON.stringify(opening), id: opening.next });
}

export function sseGap(gap: Gap): string {
	return sseBlock({ event: "$gap", data: JSON.stringify(gap), id: gap.next });
}

export function sseLive(next: string): string {
	return sseBlock({ event: "$live", data: `{"next":"${next}"}` });
}

/** The log is away. Neither this nor `$fresh` has an id: they stand nowhere in the stream. */
export function sseStale(): string {
	return sseBlock({ event: "$stale", data: "{}" });
}

export function sseFresh(next: string): string {
	return sseBlock({ event: "$fresh", data: `{"next":"${next}"}` });
}

/** Why a stream ends. Behind the last two, what comes back without other credentials is refused. */
export type ByeReason = "draining" | "overload" | "rate" | "slow" | "expired" | "forbidden";

/** The end of a stream. It has no id, so that the reader's cursor stays what it was. */
export function sseBye(reason: ByeReason, retry: number): string {
	return sseBlock({ event: "$bye", retry, data: `{"reason":"${reason}"}` });
}

export function ssePage(page: Page, raw: boolean, named = true): string {
	let text = page.gaps.map(sseGap).join("");
	for (const [i, message] of page.messages.entries()) text += sseMessage(message, page.cursors[i] as string, raw, named);
	return text;
}

export function sseComment(text: string): string {
	return `:${text}\n\n`;
}

function rawData(message: Message): string {
	return message.data.startsWith('"') ? (JSON.parse(message.data) as string) : message.data;
}
