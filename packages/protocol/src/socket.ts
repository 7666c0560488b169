/** The JSON text frames of both WebSocket forms. */
import type { ErrorCode, SchemaPlace } from "./errors.ts";
import { type Gap, type Message, messageFields, type Opening, type Page } from "./message.ts";

export const subprotocol = "holdfast.v1";

/** What a client of the full form may ask for. */
export type Operation = "subscribe" | "unsubscribe" | "publish" | "auth" | "ping";

export type Ref = number;

/** Plain form: the message itself; on several channels it bears the set's cursor as `next`. */
export function plainMessage(message: Message, next?: string): string {
	return next === undefined ? `{${messageFields(message)}}` : `{${messageFields(message)},"next":"${next}"}`;
}

export function fullMessage(message: Message): string {
	return `{"op":"message",${messageFields(message)}}`;
}

export function opOpen(opening: Opening): string {
	return JSON.stringify({ op: "open", ...opening });
}

export function opGap(gap: Gap): string {
	return JSON.stringify({ op: "gap", ...gap });
}

export function opLive(next: string, channel?: string): string {
	return JSON.stringify({ op: "live", channel, next });
}

/** The log is away. */
export function opStale(channel?: string): string {
	return JSON.stringify({ op: "stale", channel });
}

export function opFresh(next: string, channel?: string): string {
	return JSON.stringify({ op: "fresh", channel, next });
}

export function opHello(session: string, heartbeat: number): string {
	return JSON.stringify({ op: "hello", session, heartbeat });
}

export function opOk(ref: Ref | undefined, fields: { next?: string; id?: string; time?: number } = {}): string {
	return JSON.stringify({ op: "ok", ref, ...fields });
}

export function opPong(ref: Ref | undefined): string {
	return JSON.stringify({ op: "pong", ref });
}

/** `delay` in milliseconds: open another connection after it, then leave this one. */
export function opGoaway(delay: number, reason: string): string {
	return JSON.stringify({ op: "goaway", delay, reason });
}

/** `channel`: where it is about one that is followed, and no answer. */
export function opError(
	ref: Ref | undefined,
	code: ErrorCode,
	detail: string,
	{ channel, places }: { readonly channel?: string | undefined; readonly places?: readonly SchemaPlace[] | undefined } = {},
): string {
	return JSON.stringify({ op: "error", ref, channel, code, detail, places });
}

/** One text for each frame of a page, in order. */
export function plainPage(page: Page, several: boolean): string[] {
	const messages = page.messages.map((message, i) => plainMessage(message, several ? page.cursors[i] : undefined));
	return [...page.gaps.map(opGap), ...messages];
}

export function fullPage(page: Page): string[] {
	return [...page.gaps.map(opGap), ...page.messages.map(fullMessage)];
}
