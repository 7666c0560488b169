/** What a request may say beside its body. */
import { listOf, ref, type Schema, text, whole } from "./schema.ts";
import { label, traceparent } from "./schemas.ts";

export interface Parameter {
	readonly name: string;
	readonly in: "query" | "path" | "header";
	readonly required?: true;
	readonly description?: string;
	readonly schema: Schema;
	readonly example?: unknown;
}

const query = (name: string, schema: Schema, description?: string): Parameter => ({
	name,
	in: "query",
	...(description === undefined ? {} : { description }),
	schema,
});

const header = (name: string, schema: Schema): Parameter => ({ name, in: "header", schema });

export const inPath: Readonly<Record<string, Parameter>> = {
	channel: { name: "channel", in: "path", required: true, schema: ref("ChannelName"), example: "chat" },
	id: { name: "id", in: "path", required: true, schema: ref("ConnectionId") },
};

/** Where to begin: the first that is there decides. */
export const beginning: readonly Parameter[] = [
	header("Last-Event-ID", text("Begins behind that cursor.")),
	query("after", text("A cursor, `first` or `now`, which is the default."), "Where to begin; Last-Event-ID comes before it."),
	query("last", whole("Begins with the newest so many; of each channel, where there are several.", 1, 1000)),
];

export const reading: readonly Parameter[] = [
	...beginning,
	query("limit", whole("Of a poll: the most messages in one answer.", 1, 1000)),
	query("wait", whole("Of a long poll: the seconds to wait.", 0, 55)),
	header("Prefer", text("`wait=<seconds>`, as the parameter.")),
	header("If-None-Match", text("Of a short poll: the tag of an answer, which stands for its `next`.")),
	query("data", { const: "raw" }, "Of an event stream: the bare data instead of messages."),
];

/** Of event streams alone. On a publish it is the event's name. */
export const unnamed = query("event", text("`message` brings all messages of an event stream under the default name."));

export const setOf: readonly Parameter[] = [
	query("channel", listOf(ref("ChannelName")), "The channels, each as a parameter of its own."),
	query(
		"from",
		listOf(text("A channel and where it begins.", { pattern: "^[^:].*:[^:]+$" })),
		"`<channel>:<start>`, instead of channel: start is one of the channel's own cursors, `first`, `now` or `last.<n>`.",
	),
];

export const publishing: readonly Parameter[] = [
	query("event", ref("EventName"), "The event name."),
	query("key", text("The key.", label)),
	header("traceparent", traceparent),
	header("Idempotency-Key", text("The same key on the same channel within ten minutes stores once.", label)),
];

export const listing: readonly Parameter[] = [
	query("limit", whole("The most of them in one answer, by default 100.", 1, 1000)),
	query("after", text("`next` of the answer before.")),
];

export const prefix = query("prefix", text("What the names begin with."));
