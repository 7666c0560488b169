/** Each route and method of the router, in words. */
import { type ErrorCode, subprotocol } from "@holdfast/protocol";
import { serverOptions } from "@holdfast/server";
import { formatAmount } from "../../packages/cli/src/settings/units.ts";
import { listing, type Parameter, prefix, publishing, reading, setOf, unnamed } from "./parameters.ts";
import { listOf, object, ref, type Schema, text } from "./schema.ts";

export interface Answer {
	readonly description: string;
	readonly headers?: Readonly<Record<string, object>>;
	readonly content?: Readonly<Record<string, object>>;
}

export interface Described {
	readonly tag: "Reading" | "Publishing" | "Channels" | "Administration" | "Health" | "Client";
	readonly summary: string;
	readonly description?: string;
	/** The right that it needs; without it anybody may ask. */
	readonly right?: "read" | "publish" | "admin" | "credentials" | "each";
	readonly parameters?: readonly Parameter[];
	readonly body?: Readonly<Record<string, object>>;
	readonly answers: Readonly<Record<number, Answer>>;
	/** Beside those that any operation may answer. */
	readonly refusals?: readonly ErrorCode[];
}

/** A query that cannot be decoded, a fault, too much at once. */
export const common: readonly ErrorCode[] = ["bad_request", "internal", "overloaded"];

const denied: readonly ErrorCode[] = ["unauthorized", "forbidden"];
const unwritable: readonly ErrorCode[] = ["store_unavailable", "disk_full"];
const unreadable: readonly ErrorCode[] = [
	"bad_cursor",
	"bad_channel",
	...denied,
	"rate_limited",
	"draining",
	"store_unavailable",
];
const unpublishable: readonly ErrorCode[] = [
	...["bad_json", "forbidden", "too_large", "unsupported_type", "rate_limited", "draining"],
	...unwritable,
] as ErrorCode[];

const header = (description: string, more: object = {}) => ({ description, schema: { type: "string" }, ...more });
const always = { required: true };
const etag = { ETag: header("Of a poll: `next` as a tag.") };

const json = (description: string, schema: Schema, headers?: Readonly<Record<string, object>>): Answer => ({
	description,
	...(headers === undefined ? {} : { headers }),
	content: { "application/json": { schema } },
});

const upgraded: Answer = { description: "A WebSocket, to a request with `Upgrade: websocket`: see asyncapi.json." };

const read = (answer: string): Pick<Described, "tag" | "right" | "answers"> => ({
	tag: "Reading",
	right: "read",
	answers: {
		101: upgraded,
		200: {
			description:
				"At once, or with `wait` when there is something. With `Accept: text/event-stream` an event stream, as asyncapi.json tells it.",
			headers: {
				...etag,
				"Cache-Control": header("Never kept.", always),
				"Preference-Applied": header("To a long poll that was asked for with Prefer."),
			},
			content: {
				"application/json": { schema: ref(answer) },
				"text/event-stream": { schema: text("Events, without end.") },
			},
		},
		304: { description: "Nothing is new behind the tag.", headers: { ETag: header("The same tag.", always) } },
	},
});

const clientModule = (summary: string): Described => ({
	tag: "Client",
	summary,
	answers: {
		200: {
			description: "An ES module; with gzip for who accepts that.",
			headers: { ETag: header("Of this version.", always), "Cache-Control": header("A browser asks each time.", always) },
			content: { "text/javascript": { schema: { type: "string" } } },
		},
		304: { description: "Nothing is new behind the tag.", headers: { ETag: header("The same tag.", always) } },
	},
	refusals: ["not_found"],
});

const gone: Answer = { description: "Done." };
const body = formatAmount(serverOptions.maxMessageBytes.default, serverOptions.maxMessageBytes.unit);

/** Under the method and the path; of HEAD nothing is said, since it is GET without the body. */
export const operations: Readonly<Record<string, Described>> = {
	"GET /v1/channels/{channel}/messages": {
		...read("PollOfOne"),
		summary: "Read a channel",
		description: "Short poll, long poll (`wait`), event stream (`Accept`) or WebSocket (`Upgrade`).",
		parameters: [...reading, unnamed],
		refusals: unreadable,
	},
	"POST /v1/channels/{channel}/messages": {
		tag: "Publishing",
		right: "publish",
		summary: "Publish a message",
		description: `The body is the data, of at most ${body} unless the server is told otherwise.`,
		parameters: publishing,
		body: {
			"application/json": { schema: ref("Data"), examples: { text: { value: { text: "hi" } } } },
			"text/plain": { schema: { type: "string" } },
			"*/*": { schema: { description: "Bytes." } },
		},
		answers: {
			200: json("It had been stored before, with this idempotency key.", ref("Receipt")),
			201: json("It is kept as the store promises.", ref("Receipt")),
		},
		refusals: ["bad_channel", "bad_event", "bad_key", "unauthorized", "key_reused", "schema_mismatch", ...unpublishable],
	},
	"GET /v1/messages": {
		...read("PollOfSeveral"),
		summary: "Read several channels as one stream",
		description: "Name them with `channel`, or with `from`, each at a place of its own. Else as one channel.",
		parameters: [...setOf, ...reading, unnamed],
		refusals: unreadable,
	},
	"POST /v1/messages": {
		tag: "Publishing",
		right: "publish",
		summary: "Publish a batch",
		description: "In order, each on its own: what is refused has its problem in its place. At most 1 MiB.",
		body: {
			"application/json": {
				schema: listOf(ref("Draft"), { maxItems: 1000 }),
				examples: {
					two: {
						value: [
							{ channel: "chat", data: "hi" },
							{ channel: "news", data: { n: 1 }, event: "said" },
						],
					},
				},
			},
		},
		answers: { 201: json("A receipt or a problem for each, in order.", listOf({ anyOf: [ref("Receipt"), ref("Problem")] })) },
		refusals: unpublishable,
	},
	"GET /v1/channels/{channel}": {
		tag: "Channels",
		right: "admin",
		summary: "Describe a channel",
		description: "Of one that nobody has published to the counts are 0.",
		answers: { 200: json("What is kept, and who reads.", ref("ChannelInfo")) },
		refusals: ["bad_channel", ...denied, "store_unavailable"],
	},
	"DELETE /v1/channels/{channel}": {
		tag: "Channels",
		right: "admin",
		summary: "Remove what a channel keeps",
		description: "Ends this life of its log; its readers are told `reset`.",
		answers: { 204: gone },
		refusals: ["bad_channel", ...denied, "store_unavailable"],
	},
	"GET /v1/channels": {
		tag: "Channels",
		right: "admin",
		summary: "List channels by name",
		parameters: [prefix, ...listing],
		answers: { 200: json("Those behind `after`.", ref("ChannelList")) },
		refusals: [...denied, "store_unavailable"],
	},
	"GET /v1/socket": {
		tag: "Reading",
		summary: "Open a WebSocket of the full form",
		right: "each",
		description: `With the subprotocol \`${subprotocol}\`.`,
		answers: { 101: upgraded },
		refusals: [...denied, "rate_limited", "draining"],
	},
	"POST /v1/tickets": {
		tag: "Administration",
		right: "credentials",
		summary: "Ask for a ticket",
		description: "It stands for the credentials of this request once, as `?ticket=`. 404 where no credentials are verified.",
		answers: { 201: json("Good for 30 s.", ref("Ticket")) },
		refusals: [...denied, "not_found", ...unwritable],
	},
	"POST /v1/revocations": {
		tag: "Administration",
		right: "admin",
		summary: "Revoke a token, or all of a subject",
		description: "Who is connected with one is cut within 10 s, on every node.",
		body: { "application/json": { schema: ref("Revocation"), examples: { subject: { value: { sub: "ann" } } } } },
		answers: { 204: gone },
		refusals: ["bad_json", ...denied, "too_large", "unsupported_type", ...unwritable],
	},
	"GET /v1/connections": {
		tag: "Administration",
		right: "admin",
		summary: "List who is connected",
		description: "To the process that answers, oldest first.",
		parameters: listing,
		answers: { 200: json("Those behind `after`.", ref("ConnectionList")) },
		refusals: denied,
	},
	"DELETE /v1/connections/{id}": {
		tag: "Administration",
		right: "admin",
		summary: "Send a connection away, to come back with its cursor",
		answers: { 202: { description: "It is of another node, which is told." }, 204: gone },
		refusals: [...denied, "not_found", ...unwritable],
	},
	"GET /livez": {
		tag: "Health",
		summary: "Whether the process answers",
		answers: { 200: json("It does.", object({ live: { const: true } })) },
	},
	"GET /readyz": {
		tag: "Health",
		summary: "Whether readers may be sent here",
		answers: { 200: json("It takes readers, and its log can be used.", object({ ready: { const: true } })) },
		refusals: ["draining", "store_unavailable"],
	},
	"GET /metrics": {
		tag: "Health",
		right: "admin",
		summary: "Metrics for Prometheus",
		description: "Of `holdfast serve`, and of an embedded server that is given some.",
		answers: { 200: { description: "Now.", content: { "text/plain": { schema: { type: "string" } } } } },
		refusals: [...denied, "not_found"],
	},
	"GET /holdfast.js": clientModule("The client"),
	"GET /holdfast-worker.js": clientModule("The SharedWorker that holds the one connection of a user's tabs"),
};
