/** `docs/asyncapi.json`: the event streams and both forms of WebSocket. */
import { closeCodes, mayComeBack, subprotocol } from "@holdfast/protocol";
import { tryAgainLater } from "../../packages/server/src/http/sockets.ts";
import { bareEvent, controlEvents, messageEvent } from "./events.ts";
import { fullFrames, fullOperations, plainFrames, plainMessage, plainMessageOfSet, plainPublish, type Told } from "./frames.ts";
import { namedIn, object, type Schema, text, whole } from "./schema.ts";
import { schemas } from "./schemas.ts";

const meanings: Readonly<Record<keyof typeof closeCodes, string>> = {
	draining: "The server is going away.",
	slow: "You read too slowly.",
	rate: "You published too fast (plain form), or hold too many connections (full form).",
	expired: "Your credentials have expired: come back with new ones.",
	protocolError: "Protocol error, or data that does not fit the channel's schema (plain form).",
	notAllowed: "Not allowed, or not any more.",
	tooLarge: "The message is too large.",
};

interface CloseCode {
	readonly code: number;
	readonly name: string;
	/** Whether to come back with one's cursor. */
	readonly comeBack: boolean;
	readonly description: string;
}

const registered = [
	{ code: tryAgainLater, name: "tryAgainLater", comeBack: true, description: "The log cannot be read or written for now." },
	{ code: 1009, name: "messageTooBig", comeBack: true, description: "The frame was over twice the limit." },
];

export const closings: readonly CloseCode[] = [
	...(Object.keys(closeCodes) as (keyof typeof closeCodes)[]).map((name) => {
		const code = closeCodes[name];
		return { code, name, comeBack: mayComeBack(code), description: meanings[name] };
	}),
	...registered,
];

interface Channel {
	readonly address: string;
	readonly server: "events" | "sockets";
	readonly description: string;
	readonly query: Readonly<Record<string, Schema>>;
	readonly sent: Readonly<Record<string, Told>>;
	readonly received?: Readonly<Record<string, Told>>;
}

const one = "/v1/channels/{channel}/messages";
const start = {
	"after?": text("A cursor, `first` or `now`, which is the default."),
	"last?": whole("Begins with the newest so many.", 1, 1000),
	"ticket?": text("Credentials that are good once."),
};
const set = {
	...start,
	"channel?": text("A channel; named as often as there are."),
	"from?": text("`<channel>:<start>` instead, one for each."),
};
const events = { ...controlEvents, messageEvent };
const quiet = "Comments (`:`) come in between, when nothing else does.";

/** Under their names; the same address has an event stream and a WebSocket. */
export const channels: Readonly<Record<string, Channel>> = {
	events: {
		address: one,
		server: "events",
		description: `An event stream of a channel, to \`Accept: text/event-stream\`. ${quiet}`,
		query: { ...start, "event?": text("`message` brings all messages under the default name.") },
		sent: events,
	},
	bareEvents: {
		address: one,
		server: "events",
		description: `The same with \`?data=raw\`. ${quiet}`,
		query: { ...start, data: { const: "raw" } },
		sent: { ...controlEvents, bareEvent },
	},
	eventsOfSet: {
		address: "/v1/messages",
		server: "events",
		description: `An event stream of several channels; ids are the set's cursors. ${quiet}`,
		query: set,
		sent: events,
	},
	plain: {
		address: one,
		server: "sockets",
		description: "A WebSocket of the plain form: messages of a channel out, data to publish in. A refused publish closes it.",
		query: start,
		sent: { ...plainFrames, plainMessage },
		received: { plainPublish },
	},
	plainOfSet: {
		address: "/v1/messages",
		server: "sockets",
		description: "A WebSocket of the plain form on several channels. It publishes nothing.",
		query: set,
		sent: { ...plainFrames, plainMessageOfSet },
	},
	full: {
		address: "/v1/socket",
		server: "sockets",
		description: `A WebSocket of the full form, with the subprotocol \`${subprotocol}\`: many channels, publishing and answers.`,
		query: { "ticket?": text("Credentials that are good once.") },
		sent: fullFrames,
		received: Object.fromEntries(Object.entries(fullOperations).map(([op, { told }]) => [op, told])),
	},
};

const to = (channel: string, message: string) => ({ $ref: `#/channels/${channel}/messages/${message}` });
const at = (channel: string) => ({ $ref: `#/channels/${channel}` });

export function asyncapi(): object {
	const told = Object.values(channels).flatMap(({ sent, received }) => Object.entries({ ...sent, ...received }));
	const messages = Object.fromEntries(told.map(([name, message]) => [keyOf(name), { name, ...message }]));
	const described = Object.fromEntries(Object.entries(channels).map(([name, channel]) => [name, channelOf(channel)]));
	const parameters = { channel: { description: "The name of a channel.", examples: ["chat"] } };
	const server = (protocol: string) => ({ host: "localhost:8080", protocol, security: security("bearer", "ticket", "cookie") });
	return {
		asyncapi: "3.0.0",
		info: {
			title: "Holdfast: event streams and WebSockets",
			version: "v1",
			description: [
				"Made by `npm run docs`. PROTOCOL.md says what it means; openapi.json has the rest of HTTP. The server is the application: it sends what readers are told.",
				"Of an event stream the payload is what the `data` lines hold, and the headers are the other lines of the block. On a WebSocket each message is a text frame.",
				"Close codes are in `x-close-codes`: 4000 to 4499 come back with your cursor, 4500 to 4999 do not. Messages may have more fields in later versions.",
			].join("\n\n"),
			license: { name: "MIT" },
		},
		defaultContentType: "application/json",
		servers: { events: server("http"), sockets: server("ws") },
		channels: described,
		operations: operationsOf(),
		components: { schemas: namedIn(messages, schemas), messages, parameters, securitySchemes },
		"x-close-codes": closings,
	};
}

const securitySchemes = {
	bearer: { type: "http", scheme: "bearer", description: "A JSON Web Token or an API key." },
	ticket: { type: "httpApiKey", in: "query", name: "ticket", description: "Good once, for who can send no header." },
	cookie: { type: "httpApiKey", in: "cookie", name: "token", description: "In the cookie of the name that the server is told." },
};

function security(...names: readonly string[]): readonly object[] {
	return names.map((name) => ({ $ref: `#/components/securitySchemes/${name}` }));
}

/** Keys of components hold no `$`. */
function keyOf(name: string): string {
	return name.startsWith("$") ? `${name.slice(1)}Event` : name;
}

function channelOf({ address, server, description, query, sent, received }: Channel): object {
	const names = Object.keys({ ...sent, ...received }).map(keyOf);
	return {
		address,
		description,
		servers: [{ $ref: `#/servers/${server}` }],
		messages: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
		...(address.includes("{channel}") ? { parameters: { channel: { $ref: "#/components/parameters/channel" } } } : {}),
		...(server === "sockets" ? { bindings: { ws: { method: "GET", query: object(query), bindingVersion: "0.1.0" } } } : {}),
	};
}

function operationsOf(): object {
	const all: [string, object][] = [];
	for (const [name, { server, query, sent, received = {} }] of Object.entries(channels)) {
		const messages = Object.keys(sent).map((message) => to(name, keyOf(message)));
		const bindings = { http: { method: "GET", query: object(query), bindingVersion: "0.3.0" } };
		all.push([`${name}Tell`, { action: "send", channel: at(name), messages, ...(server === "events" ? { bindings } : {}) }]);
		for (const message of Object.keys(received)) {
			const reply = name === "full" ? { reply: replyTo(message as keyof typeof fullOperations) } : {};
			all.push([message, { action: "receive", channel: at(name), messages: [to(name, keyOf(message))], ...reply }]);
		}
	}
	return Object.fromEntries(all);
}

function replyTo(operation: keyof typeof fullOperations): object {
	return { channel: at("full"), messages: [to("full", fullOperations[operation].answer), to("full", "error")] };
}
