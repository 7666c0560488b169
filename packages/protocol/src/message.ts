/** Messages, gaps and pages: what a reader is told, as values and as the JSON of the wire. */

/** A message as the log keeps it. */
export interface Message {
	readonly channel: string;
	/** `<epoch>-<offset>`: the message's place, and the cursor of a reader who has it. */
	readonly id: string;
	/** The offset in `id`, as a number. */
	readonly offset: number;
	/** JSON text on one line. A body published as text is a JSON string; other bytes are a JSON string of base64. */
	readonly data: string;
	readonly encoding?: "base64";
	/** Milliseconds since 1970, by the server's clock; never less than the message's before it. */
	readonly time: number;
	readonly event?: string;
	/** Who published it, where access control named them. */
	readonly from?: string;
	readonly key?: string;
	/** Where it stands in a trace of its publisher's, as W3C Trace Context writes it. */
	readonly traceparent?: string;
}

/**
 * Why messages are missing: `expired` (older than what is kept), `reset` (the log began a new life), `unknown` (the cursor
 * is ahead of the head: the log lost its tail), `damaged` (records that cannot be read).
 */
export type GapReason = "expired" | "reset" | "unknown" | "damaged";

/** A told gap, in the reader's own cursors: what follows `next` comes first. */
export interface Gap {
	readonly channel: string;
	readonly after: string;
	readonly next: string;
	readonly reason: GapReason;
	/** The channel's own cursor at `next`, for readers who asked by those. */
	readonly place?: string;
}

/** What one read brings to a reader, on any transport. */
export interface Page {
	/** Told before any message. */
	readonly gaps: readonly Gap[];
	readonly messages: readonly Message[];
	/** For each message the reader's cursor after it: the message's id, or the set's cursor on several channels. */
	readonly cursors: readonly string[];
	readonly next: string;
	/** Whether a limit cut the page. */
	readonly more: boolean;
	/** Each channel's own cursor where the page begins, for readers who asked by those. */
	readonly places?: Readonly<Record<string, string>>;
	/** The log is away, and more may be kept than is told: only of a poll, which has no other way to say it. */
	readonly stale?: true;
}

/** What a stream says first: where it begins. */
export interface Opening {
	readonly next: string;
	readonly places?: Readonly<Record<string, string>>;
}

/** The fields of a message as JSON, without the braces: forms put theirs around it. */
export function messageFields(message: Message): string {
	let text = `"id":"${message.id}","channel":"${message.channel}","data":${message.data},"time":${message.time}`;
	if (message.encoding !== undefined) text += `,"encoding":"${message.encoding}"`;
	if (message.event !== undefined) text += `,"event":${JSON.stringify(message.event)}`;
	if (message.from !== undefined) text += `,"from":${JSON.stringify(message.from)}`;
	if (message.key !== undefined) text += `,"key":${JSON.stringify(message.key)}`;
	if (message.traceparent !== undefined) text += `,"traceparent":"${message.traceparent}"`;
	return text;
}

/** The answer to a poll of one channel; `several` is for `/v1/messages`, where gaps are a list. */
export function pollBody(page: Page, several = false): string {
	const messages = page.messages.map((message) => `{${messageFields(message)}}`).join(",");
	let text = `{"messages":[${messages}],"next":"${page.next}","more":${page.more}`;
	if (page.places !== undefined) text += `,"places":${JSON.stringify(page.places)}`;
	if (page.stale) text += `,"stale":true`;
	if (page.gaps.length > 0) text += several ? `,"gaps":${JSON.stringify(page.gaps)}` : `,"gap":${JSON.stringify(page.gaps[0])}`;
	return `${text}}`;
}
