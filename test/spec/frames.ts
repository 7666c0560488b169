/** The frames of both WebSocket forms; examples are made by those who write the wire. */

import type { Operation } from "@holdfast/protocol";
import * as wire from "@holdfast/protocol";
import { object, ref, type Schema, text, whole } from "./schema.ts";
import { draft, gap, message, opening, schemaPlaces } from "./schemas.ts";

export interface Told {
	readonly summary: string;
	readonly contentType?: string;
	readonly headers?: Schema;
	readonly payload: Schema;
	readonly examples?: readonly { readonly headers?: object; readonly payload: unknown }[];
}

export const exampleMessage: wire.Message = {
	id: "h7Qx-42",
	offset: 42,
	channel: "chat",
	data: '{"text":"hi"}',
	time: 1795190400123,
	event: "said",
	from: "ann",
};
export const exampleGap: wire.Gap = { channel: "chat", after: "h7Qx-3", next: "h7Qx-40", reason: "expired" };
const setCursor = "1k2j3h~h7Qx.16.5";

const refField = { "ref?": { type: "number", description: "Comes back in the answer." } };

const frame = (op: string, summary: string, fields: Readonly<Record<string, Schema>>, ...examples: readonly string[]): Told => ({
	summary,
	payload: object({ op: { const: op }, ...fields }),
	...(examples.length === 0 ? {} : { examples: examples.map((example) => ({ payload: JSON.parse(example) })) }),
});

const next = { next: ref("Cursor") };
const channel = { channel: ref("ChannelName") };

/** From the server, plain form. */
export const plainFrames = {
	open: frame("open", "First: where this reader begins.", opening, wire.opOpen({ next: "h7Qx-41" })),
	gap: frame("gap", "Messages are missing.", gap, wire.opGap(exampleGap)),
	live: frame("live", "Once: the past has been delivered.", next, wire.opLive("h7Qx-42")),
	stale: frame("stale", "The log is away.", {}, wire.opStale()),
	fresh: frame("fresh", "The log is back, and everything up to next has been told.", next, wire.opFresh("h7Qx-42")),
} satisfies Record<string, Told>;

export const plainMessage: Told = {
	summary: "A message.",
	payload: ref("Message"),
	examples: [{ payload: JSON.parse(wire.plainMessage(exampleMessage)) }],
};

export const plainMessageOfSet: Told = {
	summary: "A message; `next` is the set's cursor behind it.",
	payload: object({ ...message, ...next }),
	examples: [{ payload: JSON.parse(wire.plainMessage(exampleMessage, setCursor)) }],
};

/** From the client, plain form. */
export const plainPublish: Told = {
	summary: "Data to publish: text that is JSON as that value, other text as a string, a binary frame as bytes.",
	payload: ref("Data"),
	examples: [{ payload: { text: "hi" } }, { payload: "hi" }],
};

/** From the server, full form. */
export const fullFrames = {
	hello: frame(
		"hello",
		"First.",
		{ session: ref("ConnectionId"), heartbeat: { type: "number", description: "Seconds between two pings of the server." } },
		wire.opHello("k3x9q2ab-17", 25),
	),
	fullMessage: frame("message", "A message of a channel that is followed.", message, wire.fullMessage(exampleMessage)),
	gap: plainFrames.gap,
	fullLive: frame(
		"live",
		"The past of this channel has been delivered.",
		{ ...channel, ...next },
		wire.opLive("h7Qx-42", "chat"),
	),
	fullStale: frame("stale", "The log is away.", channel, wire.opStale("chat")),
	fullFresh: frame(
		"fresh",
		"The log is back, and everything up to next has been told.",
		{ ...channel, ...next },
		wire.opFresh("h7Qx-42", "chat"),
	),
	subscribed: frame("ok", "Follows the channel, from next.", { ...refField, ...next }, wire.opOk(1, { next: "h7Qx-41" })),
	published: frame(
		"ok",
		"The message is kept.",
		{ ...refField, id: ref("Cursor"), time: message.time },
		wire.opOk(3, { id: "h7Qx-42", time: exampleMessage.time }),
	),
	done: frame("ok", "Done.", refField, wire.opOk(2)),
	pong: frame("pong", "Answers a ping.", refField, wire.opPong(5)),
	goaway: frame(
		"goaway",
		"Open another connection after delay, then leave this one.",
		{ delay: whole("In milliseconds.", 0), reason: { const: "draining" } },
		wire.opGoaway(250, "draining"),
	),
	error: frame(
		"error",
		"Something was refused; the connection stays. With a channel and no ref: that channel is followed no more.",
		{ ...refField, "channel?": ref("ChannelName"), code: ref("ErrorCode"), detail: text("In words."), "places?": schemaPlaces },
		wire.opError(1, "bad_channel", "A channel name has 1 to 255 bytes."),
		wire.opError(undefined, "forbidden", "You may not read chat.", { channel: "chat" }),
	),
} satisfies Record<string, Told>;

type Answer = keyof typeof fullFrames;

interface Asked {
	readonly told: Told;
	/** What it is answered with, if it is not refused. */
	readonly answer: Answer;
}

const asked = (
	op: Operation,
	summary: string,
	answer: Answer,
	fields: Readonly<Record<string, Schema>>,
	example: object,
): Asked => ({
	told: frame(op, summary, { ...refField, ...fields }, JSON.stringify({ op, ref: 1, ...example })),
	answer,
});

/** From the client, full form. */
export const fullOperations: Readonly<Record<Operation, Asked>> = {
	subscribe: asked(
		"subscribe",
		"Follow a channel.",
		"subscribed",
		{
			...channel,
			"after?": text("A cursor of the channel, `first` or `now`, which is the default."),
			"last?": whole("Begins with the newest so many.", 1, 1000),
		},
		{ channel: "chat", after: "first" },
	),
	unsubscribe: asked("unsubscribe", "Follow it no more.", "done", channel, { channel: "chat" }),
	publish: asked("publish", "Publish a message.", "published", draft, { channel: "chat", data: { text: "hi" }, event: "said" }),
	auth: asked("auth", "New credentials, in place.", "done", { token: text("A token or an API key.") }, { token: "eyJhbGciOi…" }),
	ping: asked("ping", "Ask for a sign of life.", "pong", {}, {}),
};
