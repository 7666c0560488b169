/** The blocks of an event stream: `data` is the payload, the other lines are its headers. */

import type { ByeReason } from "@holdfast/protocol";
import * as wire from "@holdfast/protocol";
import { parseBlock } from "../support/events.ts";
import { exampleGap, exampleMessage, type Told } from "./frames.ts";
import { object, ref, type Schema, text, whole } from "./schema.ts";

const byeReasons: Readonly<Record<ByeReason, string>> = {
	draining: "the server is going away",
	overload: "it has too much to do, or its log is away",
	rate: "too many connections, or too fast",
	slow: "you read too slowly",
	expired: "your credentials have expired: come back with new ones",
	forbidden: "you may not, or not any more",
};

const id = { id: ref("Cursor") };
const retry = { retry: whole("Milliseconds before the browser comes back.", 0) };

/** What a block says beside its data. */
export function headersOf(block: { readonly event?: string; readonly id?: string; readonly retry?: string }): object {
	const { event, id: place, retry: pause } = block;
	return {
		...(event === undefined ? {} : { event }),
		...(place === undefined ? {} : { id: place }),
		...(pause === undefined ? {} : { retry: Number(pause) }),
	};
}

const event = (
	name: string,
	summary: string,
	beside: Readonly<Record<string, Schema>>,
	payload: Schema,
	example: string,
): Told => ({
	summary,
	headers: object({ event: { const: name }, ...beside }),
	payload,
	examples: [exampleOf(example)],
});

function exampleOf(text: string): { headers: object; payload: unknown } {
	const block = parseBlock(text.trimEnd().split("\n"));
	return { headers: headersOf(block), payload: JSON.parse(block.data ?? "") };
}

const next = object({ next: ref("Cursor") });
const named = object({ "event?": ref("EventName"), ...id });

export const controlEvents = {
	$open: event(
		"$open",
		"First: where this stream begins.",
		{ ...id, ...retry },
		ref("Opening"),
		wire.sseOpen({ next: "h7Qx-41" }, 1432),
	),
	$gap: event("$gap", "Messages are missing.", id, ref("Gap"), wire.sseGap(exampleGap)),
	$live: event("$live", "Once: the past has been delivered.", {}, next, wire.sseLive("h7Qx-42")),
	$stale: event("$stale", "The log is away.", {}, object({}), wire.sseStale()),
	$fresh: event("$fresh", "The log is back, and everything up to next has been told.", {}, next, wire.sseFresh("h7Qx-42")),
	$bye: event(
		"$bye",
		`The end: come back. ${Object.entries(byeReasons)
			.map(([reason, meaning]) => `\`${reason}\`: ${meaning}.`)
			.join(" ")}`,
		retry,
		object({ reason: { enum: Object.keys(byeReasons) } }),
		wire.sseBye("draining", 3120),
	),
} satisfies Record<string, Told>;

export const messageEvent: Told = {
	summary: "A message, under its event name if it has one.",
	headers: named,
	payload: ref("Message"),
	examples: [exampleOf(wire.sseMessage(exampleMessage, exampleMessage.id, false))],
};

export const bareEvent: Told = {
	summary: "With `?data=raw`, the bare data of a message: a string as it is, bytes as their base64, anything else as JSON.",
	contentType: "text/plain",
	headers: named,
	payload: text("The data lines."),
	examples: [{ headers: { id: "h7Qx-43" }, payload: "two\nlines" }],
};
