/** WHO ASKS. From credentials to a caller, and what a caller may do. It knows no request, no reader and no connection. */
import { HoldfastError } from "@holdfast/protocol";
import type { Clock } from "../clock.ts";
import type { Log } from "../log/log.ts";
import { type ApiKey, ApiKeys, apiKeyPrefix } from "./api-keys.ts";
import type { Caller } from "./caller.ts";
import { type Decision, Hook, type HookOptions } from "./hook.ts";
import { Revocations } from "./revocations.ts";
import { type Action, allows, noRights, parseRights, type Rights, type WrittenRights } from "./rights.ts";
import { type Ticket, Tickets } from "./tickets.ts";
import { type TokenIssuer, Tokens } from "./tokens.ts";

/** Who may do what, by configuration. What nothing here allows is refused. */
export interface RightsOptions {
	/** Whose JSON Web Tokens are believed; their claim `holdfast` says what they may. */
	readonly tokens?: TokenIssuer | readonly TokenIssuer[];
	/** The cookie that may bear a token, for pages that cannot send headers. */
	readonly cookie?: string;
	readonly apiKeys?: readonly ApiKey[];
	/** What everybody may, without credentials too. */
	readonly public?: Pick<WrittenRights, "read" | "publish">;
	/** Asked for what nothing else allows. */
	readonly hook?: HookOptions;
}

export interface Credentials {
	/** A token or an API key. */
	readonly bearer?: string | undefined;
	readonly ticket?: string | undefined;
	/** For the hook, as they came. */
	readonly authorization?: string | undefined;
	readonly cookie?: string | undefined;
}

/** Who acts where nobody is known. */
export const nobody: Caller = { rights: noRights, written: {} };

export class Identity {
	readonly cookie: string | undefined;
	readonly revocations = new Revocations();
	readonly #tokens: Tokens | undefined;
	readonly #apiKeys: ApiKeys | undefined;
	readonly #tickets: Tickets;
	readonly #public: Rights;
	readonly #hook: Hook | undefined;

	/** @throws HoldfastError `bad_request` naming what is wrong with the options. */
	constructor({ tokens, cookie, apiKeys, public: open, hook }: RightsOptions, log: Log, clock: Clock) {
		const issuers =
			tokens === undefined ? [] : Array.isArray(tokens) ? (tokens as readonly TokenIssuer[]) : [tokens as TokenIssuer];
		this.cookie = cookie;
		this.#tokens = issuers.length === 0 ? undefined : new Tokens(issuers, clock);
		this.#apiKeys = apiKeys === undefined || apiKeys.length === 0 ? undefined : new ApiKeys(apiKeys);
		this.#tickets = new Tickets(log, clock);
		this.#public = readPublic(open);
		this.#hook = hook === undefined ? undefined : new Hook(hook, clock);
	}

	/** Whether there are credentials that are verified here; what comes otherwise is for the hook alone to judge. */
	get knowsCallers(): boolean {
		return this.#tokens !== undefined || this.#apiKeys !== undefined;
	}

	/** @throws HoldfastError `unauthorized` for credentials that are not good, whatever is asked for. */
	async callerOf({ bearer, ticket }: Credentials): Promise<Caller> {
		const caller = await this.#verify(bearer, ticket);
		if (this.revocations.has(caller)) throw new HoldfastError("unauthorized", "These credentials have been revoked.");
		return caller;
	}

	/** Whether configuration and credentials allow it. */
	allows({ rights, subject }: Caller, channel: string | null, action: Action): boolean {
		return allows(this.#public, channel, action, undefined) || allows(rights, channel, action, subject);
	}

	/** What the hook says; undefined where there is none. */
	ask(
		caller: Caller,
		channel: string,
		action: Action,
		from: Credentials,
		address: string | undefined,
	): Promise<Decision> | undefined {
		const { authorization, cookie } = from;
		return this.#hook?.decide({
			channel,
			action,
			...(caller.subject === undefined ? {} : { subject: caller.subject }),
			...(address === undefined ? {} : { address }),
			credentials: { ...(authorization === undefined ? {} : { authorization }), ...(cookie === undefined ? {} : { cookie }) },
		});
	}

	/** @throws HoldfastError `unauthorized` for nobody in particular. */
	async issueTicket(caller: Caller): Promise<Ticket> {
		if (caller === nobody) throw new HoldfastError("unauthorized", "A ticket is for whoever sends credentials.");
		return this.#tickets.issue(caller);
	}

	async #verify(bearer: string | undefined, ticket: string | undefined): Promise<Caller> {
		if (bearer?.startsWith(apiKeyPrefix) && this.#apiKeys !== undefined) return this.#apiKeys.verify(bearer);
		if (bearer !== undefined && this.#tokens !== undefined) return this.#tokens.verify(bearer);
		if (bearer !== undefined && this.knowsCallers)
			throw new HoldfastError("unauthorized", "Such credentials are not known here.");
		return ticket === undefined || !this.knowsCallers ? nobody : this.#tickets.redeem(ticket);
	}
}

function readPublic(open: RightsOptions["public"]): Rights {
	try {
		return { ...parseRights(open), admin: false };
	} catch (cause) {
		throw new HoldfastError("bad_request", `What is public ${(cause as Error).message}.`, { cause });
	}
}
