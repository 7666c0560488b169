import type { IncomingMessage } from "node:http";
import { HoldfastError } from "@holdfast/protocol";
import { diagnostics } from "../diagnostics.ts";
import { isLocal } from "./peer.ts";

export type Action = "read" | "publish" | "admin";

/**
 * What `authorize` answers: `true` or `{ from }` allows (`from` names the user in what they publish), `false` or
 * `"forbidden"` refuses, `"unauthorized"` asks for credentials.
 */
export type Verdict = boolean | "unauthorized" | "forbidden" | { readonly from?: string };

/**
 * Decides whether a request may act on a channel; asked once a channel and connection, and again when its token is renewed.
 * `channel` is null for listing channels. A throw or a rejection refuses with 503: the decision could not be made.
 */
export type Authorize = (
	request: IncomingMessage,
	channel: string | null,
	action: Action,
) => Verdict | undefined | Promise<Verdict | undefined>;

export interface Grant {
	/** Who acts, where access control named them. */
	readonly from?: string;
}

export class Access {
	readonly #authorize: Authorize | undefined;

	constructor(authorize: Authorize | undefined) {
		this.#authorize = authorize;
	}

	/** @throws HoldfastError `unauthorized`, `forbidden`, or `overloaded` when the decision could not be made. */
	async check(request: IncomingMessage, channel: string | null, action: Action): Promise<Grant> {
		if (this.#authorize === undefined) return open(request, action);
		let verdict: Verdict | undefined;
		try {
			verdict = await this.#authorize(request, channel, action);
		} catch (error) {
			diagnostics.fault.tell({ during: "authorize", error });
			throw new HoldfastError("overloaded", "Access could not be decided; try again.", { retryAfter: 2, cause: error });
		}
		if (verdict === true) return {};
		if (typeof verdict === "object") return verdict.from === undefined ? {} : { from: verdict.from };
		if (verdict === "unauthorized") throw new HoldfastError("unauthorized", "Send credentials.");
		throw refusal(channel, action);
	}

	/** Asks later, on a connection that stays; only where somebody will be asked is the request kept alive for it. */
	asker(request: IncomingMessage, action: Action): (channel: string) => Promise<Grant> {
		return this.#authorize === undefined && action !== "admin" ? allow : (channel) => this.check(request, channel, action);
	}
}

async function allow(): Promise<Grant> {
	return {};
}

/** The same request with a token renewed in place, as if it had come with it. */
export function withToken(request: IncomingMessage, token: string): IncomingMessage {
	const headers = { ...request.headers, authorization: `Bearer ${token}` };
	return Object.create(request, { headers: { value: headers, enumerable: true } }) as IncomingMessage;
}

/** Without rights configured everyone reads and publishes, and who sits at this machine administers. */
function open(request: IncomingMessage, action: Action): Grant {
	if (action !== "admin" || isLocal(request)) return {};
	throw new HoldfastError("forbidden", "Administration is open to this machine alone until rights are configured.");
}

function refusal(channel: string | null, action: Action): HoldfastError {
	const what = action === "admin" ? "administer" : action;
	return new HoldfastError("forbidden", channel === null ? `You may not ${what}.` : `You may not ${what} ${channel}.`);
}
