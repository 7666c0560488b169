/** One webhook, as it is configured and as it is used. */
import { createHash } from "node:crypto";
import { HoldfastError } from "@holdfast/protocol";
import { matches, type Pattern, parsePattern } from "../identity/patterns.ts";
import { secretOf } from "./sign.ts";

export const eventTypes = [
	"message.published",
	"channel.occupied",
	"channel.vacated",
	"connection.opened",
	"connection.closed",
] as const;
export type WebhookEventType = (typeof eventTypes)[number];

export interface WebhookOptions {
	/** `http` or `https`; nobody but the operator says it. */
	readonly url: string;
	/** `whsec_` and base64, or any text of 16 bytes or more. */
	readonly secret: string;
	/** All, unless they are named. */
	readonly events?: readonly WebhookEventType[];
	/** Patterns of the channels whose events are sent; all but the server's own unless they are named. */
	readonly channels?: readonly string[];
	/** Whether `message.published` bears the message's data; it does unless this is false. */
	readonly data?: boolean;
}

export interface Hook {
	/** The same after a restart, on every node. */
	readonly id: string;
	/** For logs: a path or a query may hold a secret. */
	readonly name: string;
	readonly url: string;
	readonly secret: Buffer;
	readonly data: boolean;
	wants(type: string, channel?: string): boolean;
}

/** @throws HoldfastError `bad_request` naming the webhook and what is wrong with it. */
export function makeHooks(list: readonly WebhookOptions[]): readonly Hook[] {
	const hooks = list.map((options, i) => {
		try {
			return makeHook(options);
		} catch (cause) {
			throw new HoldfastError("bad_request", `webhooks[${i}] ${(cause as Error).message}`, { cause });
		}
	});
	if (new Set(hooks.map(({ id }) => id)).size < hooks.length) {
		throw new HoldfastError("bad_request", "webhooks names one url twice: where each has come to is kept by its url.");
	}
	return hooks;
}

function makeHook({ url, secret, events = eventTypes, channels = ["*"], data = true }: WebhookOptions): Hook {
	const { protocol, host, username, password } = URL.canParse(url) ? new URL(url) : ({} as Partial<URL>);
	if (protocol !== "http:" && protocol !== "https:") throw new Error("has a url that is an http or https URL");
	if (username !== "" || password !== "") throw new Error("has a url without user and password: the signature says who asks");
	if (!Array.isArray(events) || events.length === 0) throw new Error(`has events that list some of ${eventTypes.join(", ")}`);
	for (const type of events) {
		if (!eventTypes.includes(type))
			throw new Error(`has the event ${JSON.stringify(type)}, and there are ${eventTypes.join(", ")}`);
	}
	if (!Array.isArray(channels) || channels.length === 0) throw new Error("has channels that list patterns of channel names");
	if (typeof data !== "boolean") throw new Error("has a data that is true or false");
	const patterns = channels.map(patternOf);
	return {
		id: createHash("sha256").update(url).digest("hex").slice(0, 16),
		name: host ?? "",
		url,
		secret: secretOf(secret),
		data,
		wants: (type, channel) =>
			(events as readonly string[]).includes(type) &&
			(channel === undefined || patterns.some((pattern) => matches(pattern, channel))),
	};
}

function patternOf(text: string): Pattern {
	const pattern = parsePattern(String(text));
	if (pattern.pieces.length > 1)
		throw new Error(`has the pattern ${JSON.stringify(text)}: a webhook has no subject, so it cannot hold {sub}`);
	return pattern;
}
