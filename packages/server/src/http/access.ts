import type { IncomingMessage } from "node:http";
import { HoldfastError, isReservedChannel } from "@holdfast/protocol";
import type { Clock } from "../clock.ts";
import { diagnostics } from "../diagnostics.ts";
import type { Caller } from "../identity/caller.ts";
import { type Identity, nobody } from "../identity/identity.ts";
import type { Action } from "../identity/rights.ts";
import type { Ticket } from "../identity/tickets.ts";
import type { Draft } from "../log/log.ts";
import { credentialsOf } from "./credentials.ts";
import { isLocal } from "./peer.ts";

/**
 * What `authorize` answers: `true` or an object allows, `false` or `"forbidden"` refuses, `"unauthorized"` asks for credentials.
 * `from` names the user in what they publish, in limits and to a revocation; at `until`, in milliseconds since 1970, a connection that stays is asked
 * for again.
 */
export type Verdict = boolean | "unauthorized" | "forbidden" | { readonly from?: string; readonly until?: number };

/**
 * Decides whether a request may act on a channel; asked once a channel and connection, and again when its token is renewed or its time is
 * over. `channel` is null for what is about no channel. A throw or a rejection refuses with 503: the decision could not be made.
 */
export type Authorize = (
	request: IncomingMessage,
	channel: string | null,
	action: Action,
) => Verdict | undefined | Promise<Verdict | undefined>;

export interface Grant {
	/** Who acts, where access control named them. */
	readonly from?: string;
	readonly caller: Caller;
	/** Until when it holds, in milliseconds since 1970; the caller's own time may be over before. */
	readonly until?: number;
	/** Whether asking again may give it anew. */
	readonly renewable?: true;
}

/** How it is decided; `open` is for a server that nobody has given rights to. */
export type Deciding = { readonly authorize: Authorize } | { readonly identity: Identity } | "open";

/** Time for the revocations to be known, when the server has just begun, in milliseconds. */
const patience = 5000;

export class Access {
	readonly #deciding: Deciding;
	readonly #clock: Clock;
	readonly #addressOf: (request: IncomingMessage) => string | undefined;
	/** Who a request is from is found out once. */
	readonly #callers = new WeakMap<IncomingMessage, Promise<Caller>>();
	#ready: Promise<void> | undefined;

	constructor(deciding: Deciding, clock: Clock, addressOf: (request: IncomingMessage) => string | undefined) {
		this.#deciding = deciding;
		this.#clock = clock;
		this.#addressOf = addressOf;
	}

	/** Believes no credentials before this is over: they may have been revoked. */
	waitFor(ready: Promise<void>): void {
		this.#ready = ready.then(() => {
			this.#ready = undefined;
		});
	}

	/** @throws HoldfastError `unauthorized`, `forbidden`, or `overloaded` when the decision could not be made. */
	async check(request: IncomingMessage, channel: string | null, action: Action): Promise<Grant> {
		// What the server keeps for itself is for those alone who run it.
		const needed = channel !== null && isReservedChannel(channel) && action === "read" ? "admin" : action;
		if (this.#deciding === "open") return open(request, needed);
		if ("authorize" in this.#deciding) return this.#authorize(this.#deciding.authorize, request, channel, needed);
		return this.#decide(this.#deciding.identity, request, channel, needed);
	}

	/** Whether everybody may read these channels, so that nobody has to be asked: each poll of most servers' readers would be. */
	isOpenTo(channels: readonly string[]): boolean {
		return this.#deciding === "open" && !channels.some(isReservedChannel);
	}

	/** The right that everybody has to publish to any channel, where nobody has to be asked for it. */
	get openGrant(): Grant | undefined {
		return this.#deciding === "open" ? anyone : undefined;
	}

	/** Asks later, on a connection that stays; only where somebody will be asked is the request kept alive for it. */
	asker(request: IncomingMessage, action: Action): (channel: string) => Promise<Grant> {
		return this.#deciding === "open" && action !== "admin" ? allow : (channel) => this.check(request, channel, action);
	}

	/**
	 * Who the request is from, whatever it asks for.
	 *
	 * @throws HoldfastError `unauthorized` for credentials that are not good.
	 */
	who(request: IncomingMessage): Promise<Caller> {
		if (this.#deciding === "open" || "authorize" in this.#deciding) return Promise.resolve(nobody);
		const known = this.#callers.get(request);
		if (known !== undefined) return known;
		const caller = this.#findCaller(this.#deciding.identity, request);
		this.#callers.set(request, caller);
		return caller;
	}

	/** @throws HoldfastError `not_found` where no credentials are verified here, `unauthorized` for nobody in particular. */
	async issueTicket(request: IncomingMessage): Promise<Ticket> {
		if (this.#deciding === "open" || "authorize" in this.#deciding || !this.#deciding.identity.knowsCallers) {
			throw new HoldfastError("not_found", "Tickets stand for tokens and API keys, and none are configured here.");
		}
		return this.#deciding.identity.issueTicket(await this.who(request));
	}

	async #findCaller(identity: Identity, request: IncomingMessage): Promise<Caller> {
		const credentials = credentialsOf(request, identity.cookie);
		if (credentials.bearer === undefined && credentials.ticket === undefined) return nobody;
		await this.#begun();
		return identity.callerOf(credentials);
	}

	async #begun(): Promise<void> {
		if (this.#ready === undefined) return;
		let over = false;
		const late = new Promise<void>((resolve) => {
			const timer = this.#clock.after(patience, () => {
				over = true;
				resolve();
			});
			void this.#ready?.then(() => timer.cancel());
		});
		await Promise.race([this.#ready, late]);
		if (over) throw new HoldfastError("overloaded", "What has been revoked is not known yet; try again.", { retryAfter: 2 });
	}

	async #authorize(authorize: Authorize, request: IncomingMessage, channel: string | null, action: Action): Promise<Grant> {
		let verdict: Verdict | undefined;
		try {
			verdict = await authorize(request, channel, action);
		} catch (error) {
			diagnostics.fault.tell({ during: "authorize", error });
			throw new HoldfastError("overloaded", "Access could not be decided; try again.", { retryAfter: 2, cause: error });
		}
		if (verdict === true) return { caller: nobody };
		if (verdict === "unauthorized") throw new HoldfastError("unauthorized", "Send credentials.");
		if (typeof verdict !== "object") throw refusal(channel, action);
		const { from, until } = verdict;
		return {
			...(from === undefined ? { caller: nobody } : { from, caller: { ...nobody, subject: from } }),
			...(until === undefined ? {} : { until, renewable: true }),
		};
	}

	async #decide(identity: Identity, request: IncomingMessage, channel: string | null, action: Action): Promise<Grant> {
		const caller = await this.who(request);
		if (caller.until !== undefined && caller.until <= this.#clock.now()) {
			throw new HoldfastError("unauthorized", "The credentials have expired.");
		}
		if (identity.allows(caller, channel, action)) {
			return { caller, ...(caller.subject === undefined ? {} : { from: caller.subject }) };
		}
		const credentials = credentialsOf(request, identity.cookie);
		const mayAsk = channel !== null && action !== "admin";
		const asked = mayAsk ? identity.ask(caller, channel, action, credentials, this.#addressOf(request)) : undefined;
		const { allow = false, from = caller.subject, until } = (await asked) ?? {};
		// What the hook alone can judge are credentials too.
		const came = caller !== nobody || credentials.authorization !== undefined;
		if (!allow) throw came ? refusal(channel, action) : unknown(channel, action);
		// Its answer may name someone whom no token has named.
		const named = caller === nobody && from !== undefined ? { ...nobody, subject: from } : caller;
		return { caller: named, ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until, renewable: true }) };
	}
}

/**
 * The right to read each of the channels.
 *
 * @param naming - whether a refusal says which channel it is about.
 */
export function readGrants(
	access: Access,
	request: IncomingMessage,
	channels: readonly string[],
	naming = false,
): Promise<readonly Grant[]> {
	const check = (channel: string) =>
		access.check(request, channel, "read").catch((error: unknown) => {
			throw naming && error instanceof HoldfastError ? error.about(channel) : error;
		});
	return Promise.all(channels.map(check));
}

/** The draft, from whom it was granted to. */
export function publishedBy({ from }: Grant, draft: Draft): Draft {
	return from === undefined ? draft : { ...draft, from };
}

const anyone: Grant = { caller: nobody };

async function allow(): Promise<Grant> {
	return anyone;
}

/** Without rights configured everyone reads and publishes, and who sits at this machine administers. */
function open(request: IncomingMessage, action: Action): Grant {
	if (action !== "admin" || isLocal(request)) return anyone;
	throw new HoldfastError("forbidden", "Administration is open to this machine alone until rights are configured.");
}

function refusal(channel: string | null, action: Action): HoldfastError {
	const what = action === "admin" ? "administer" : action === "publish" ? "publish to" : action;
	return new HoldfastError("forbidden", channel === null ? `You may not ${what} here.` : `You may not ${what} ${channel}.`);
}

/** Credentials may help. */
function unknown(channel: string | null, action: Action): HoldfastError {
	return new HoldfastError("unauthorized", `${refusal(channel, action).message} Send credentials.`);
}
