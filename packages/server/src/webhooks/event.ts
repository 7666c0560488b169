/** What happened, as the JSON text that is kept and sent. */
import { createHash } from "node:crypto";
import { type Message, messageFields } from "@holdfast/protocol";
import type { Draft, Stored } from "../log/log.ts";
import { eventsChannel } from "./channels.ts";
import type { Hook, WebhookEventType } from "./hook.ts";

/** What is kept of every event but `message.published`. */
export interface Happened {
	readonly type: Exclude<WebhookEventType, "message.published"> | "gap";
	readonly channel?: string;
	readonly [field: string]: unknown;
}

export function draftOf(happened: Happened): Draft {
	return { channel: eventsChannel, data: JSON.stringify(happened) };
}

/** The same message is the same event, however often its publisher asks: whoever crashed between the two appends is told. */
export function publishedDraft(draft: Draft, { id, time }: Stored, withData: boolean): Draft {
	const { idempotencyKey: _, ...labels } = draft;
	const message = { ...labels, id, time, offset: 0 };
	const idempotencyKey = createHash("sha256").update(`${draft.channel}\0${id}`).digest("base64url");
	const fields = withData ? messageFields(message) : fieldsWithoutData(message);
	return { channel: eventsChannel, data: `{"type":"message.published",${fields}}`, idempotencyKey };
}

/** The event as this hook gets it, or undefined where it wants none. */
export function eventFor(hook: Hook, { id, data: text }: Message): string | undefined {
	const event = JSON.parse(text) as { readonly type: string; readonly channel?: string; readonly data?: unknown };
	const { type, channel } = event;
	if (type !== "gap" && !hook.wants(type, channel)) return undefined;
	if (hook.data || !("data" in event)) return `{"place":"${id}",${text.slice(1)}`;
	const { data: _, ...rest } = event;
	return `{"place":"${id}",${JSON.stringify(rest).slice(1)}`;
}

function fieldsWithoutData(message: Message): string {
	const { data: _, offset: __, ...labels } = message;
	return JSON.stringify(labels).slice(1, -1);
}
