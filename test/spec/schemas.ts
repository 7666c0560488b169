/** What goes over the wire as JSON, whatever way it goes. The types of the source say which fields there are. */
import {
	errors,
	type Gap,
	type GapReason,
	type Message,
	maxSetCursor,
	type Opening,
	type Problem,
	type SchemaPlace,
} from "@holdfast/protocol";
import type { ConnectionInfo } from "../../packages/server/src/http/attendance.ts";
import type { Revocation } from "../../packages/server/src/identity/revocations.ts";
import type { Ticket } from "../../packages/server/src/identity/tickets.ts";
import type { ChannelInfo } from "../../packages/server/src/log/log.ts";
import { type Fields, listOf, object, ref, type Schema, text, whole } from "./schema.ts";

const gapReasons: Readonly<Record<GapReason, string>> = {
	expired: "it is older than what is kept",
	reset: "the cursor is of another life of the log",
	unknown: "the cursor is ahead of the log, which has lost its tail",
	damaged: "records could not be read",
};

export const label = { minLength: 1, maxLength: 255, pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f]*$" };
const eventName = { ...label, pattern: "^(?!\\$)[^\\u0000-\\u001f\\u007f-\\u009f]*$" };
const time = (description: string) => whole(`${description}, in milliseconds since 1970.`, 0);

export const traceparent = text("Its publisher's place in a trace, as W3C Trace Context writes it.", {
	pattern: "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}",
});

const place: Fields<SchemaPlace> = {
	path: text("A JSON Pointer into the data; empty for the data itself."),
	message: text("What is wrong there."),
};
export const schemaPlaces = listOf(object(place), { description: "Of `schema_mismatch`: what does not fit.", maxItems: 20 });

/** Of one who publishes: the same fields in a batch and on the full form. */
export const draft = {
	channel: ref("ChannelName"),
	data: ref("Data"),
	"encoding?": text("The data is base64 of bytes.", { const: "base64" }),
	"event?": ref("EventName"),
	"key?": text("The key, 1 to 255 bytes.", label),
	"idempotencyKey?": text("Stores once on its channel within the idempotency window.", label),
	"traceparent?": traceparent,
};

export const message: Fields<Omit<Message, "offset">> = {
	id: ref("Cursor"),
	channel: ref("ChannelName"),
	data: ref("Data"),
	time: time("When it was kept"),
	"encoding?": text("The data is base64 of bytes.", { const: "base64" }),
	"event?": ref("EventName"),
	"from?": text("Who published it."),
	"key?": text("Its key.", label),
	"traceparent?": traceparent,
};

export const gap: Fields<Gap> = {
	channel: ref("ChannelName"),
	after: ref("Cursor"),
	next: ref("Cursor"),
	reason: ref("GapReason"),
	"place?": ref("Cursor"),
};

const places: Schema = {
	type: "object",
	description: "Where each channel begins, for who asked with from=.",
	propertyNames: ref("ChannelName"),
	additionalProperties: ref("Cursor"),
};

export const opening: Fields<Opening> = { next: ref("Cursor"), "places?": places };

/** Those of a problem but for its status and code, which go together. */
export const problem: Fields<Problem> = {
	type: text("There are no pages for problems: decide by code.", { const: "about:blank" }),
	title: text("In words, the same for each code."),
	status: whole("The status of the answer.", 400, 599),
	detail: text("What is wrong with this very request, in words."),
	code: ref("ErrorCode"),
	"channel?": ref("ChannelName"),
	"places?": schemaPlaces,
};

const ticket: Fields<Ticket> = {
	ticket: text("To be sent once, as ?ticket=."),
	expires: time("Until when it is good"),
};

const revocation: Fields<Revocation> = {
	"sub?": text("Whose tokens, all of this second or before.", { minLength: 1, maxLength: 1024 }),
	"jti?": text("The id of the token.", { minLength: 1, maxLength: 1024 }),
};

const connection: Fields<ConnectionInfo> = {
	id: ref("ConnectionId"),
	transport: { enum: ["longPoll", "sse", "websocket"] },
	"subject?": text("Who it is, where rights named them."),
	"address?": text("Where it comes from."),
	since: time("When it began"),
	"until?": time("When its credentials expire"),
	channels: listOf(ref("ChannelName")),
};

const count = (description: string) => whole(description, 0);

const channelInfo: Fields<Omit<ChannelInfo, "bytes"> & { readonly readers: object }> = {
	channel: ref("ChannelName"),
	head: ref("Cursor"),
	first: { anyOf: [ref("Cursor"), { type: "null" }] },
	messages: count("Messages that are kept."),
	readers: object({
		poll: count("Short polls that are being answered."),
		longPoll: count("Long polls that wait."),
		sse: count("Event streams."),
		websocket: count("WebSockets of both forms."),
	}),
};

const poll = {
	messages: listOf(ref("Message")),
	next: ref("Cursor"),
	more: { type: "boolean", description: "A limit cut the answer short." },
	"stale?": { const: true, description: "The log is away, and more may be kept than is told." },
};

const list = (name: string, items: string): Readonly<Record<string, Schema>> => ({
	[name]: listOf(ref(items)),
	more: { type: "boolean", description: "There are more behind next." },
});

const example = { id: "h7Qx-42", channel: "chat", data: { text: "hi" }, time: 1795190400123, event: "said", from: "ann" };

export const schemas: Readonly<Record<string, Schema>> = {
	ChannelName: text("1 to 255 bytes. A leading $ marks the server's own.", {
		maxLength: 255,
		pattern: "^(?!\\.{1,2}$)\\$?[A-Za-z0-9._~:-]+$",
		examples: ["chat", "orders:eu.42"],
	}),
	Cursor: text("A reader's place, opaque: hand it back as it is.", {
		maxLength: maxSetCursor,
		pattern: "^[A-Za-z0-9._~-]+$",
		examples: ["h7Qx-42"],
	}),
	EventName: text("1 to 255 bytes without control characters, not beginning with $.", eventName),
	ConnectionId: text("The name of a connection, and in it of its node.", {
		pattern: "^[0-9a-z]{1,9}-[0-9]{1,15}$",
		examples: ["k3x9q2ab-17"],
	}),
	Data: { description: "Any JSON value. Text is a string, and other bytes are a string of base64." },
	ErrorCode: { description: "What to decide by.", enum: Object.keys(errors) },
	GapReason: {
		description: `Why messages are missing. ${Object.entries(gapReasons)
			.map(([reason, meaning]) => `\`${reason}\`: ${meaning}.`)
			.join(" ")}`,
		enum: Object.keys(gapReasons),
	},
	Message: { ...object(message), examples: [example] },
	Gap: {
		...object(gap, "Messages are missing behind `after`; they go on behind `next`."),
		examples: [{ channel: "chat", after: "h7Qx-3", next: "h7Qx-40", reason: "expired" }],
	},
	Opening: object(opening, "Where a stream begins."),
	Problem: object(problem, "RFC 9457."),
	PollOfOne: {
		...object({ ...poll, "gap?": ref("Gap") }),
		examples: [{ messages: [example], next: "h7Qx-42", more: false }],
	},
	PollOfSeveral: object({ ...poll, "places?": places, "gaps?": listOf(ref("Gap"), { minItems: 1 }) }),
	Receipt: {
		...object({ id: ref("Cursor"), channel: ref("ChannelName"), time: time("When it was kept") }),
		examples: [{ id: "h7Qx-42", channel: "chat", time: 1795190400123 }],
	},
	Draft: object(draft),
	ChannelInfo: object(channelInfo),
	ChannelList: object({ ...list("channels", "ChannelInfo"), next: text("Hand it back as after; empty where there is none.") }),
	Ticket: { ...object(ticket), examples: [{ ticket: "h7Qx-7.3qVxP0aJm2n5t8y1", expires: 1795190430123 }] },
	Revocation: {
		...object(revocation),
		additionalProperties: false,
		minProperties: 1,
		examples: [{ sub: "ann" }, { jti: "9f3c" }],
	},
	Connection: object(connection),
	ConnectionList: object({
		node: text("Names the process that answers."),
		...list("connections", "Connection"),
		next: { anyOf: [ref("ConnectionId"), { type: "null" }] },
	}),
};
