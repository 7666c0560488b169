/** WebSocket, full form: operations in, answers and messages of many channels out. */

import type { IncomingMessage } from "node:http";
import {
	closeCodes,
	HoldfastError,
	type Operation,
	opError,
	opGoaway,
	opHello,
	opOk,
	opPong,
	parseCursor,
	type Ref,
} from "@holdfast/protocol";
import { oneChannel } from "../hub/scope.ts";
import type { Caller } from "../identity/caller.ts";
import { nobody } from "../identity/identity.ts";
import type { Start } from "../log/log.ts";
import { ChannelTransport } from "../transport/socket.ts";
import { type Grant, publishedBy } from "./access.ts";
import type { Connection } from "./attendance.ts";
import { withToken } from "./credentials.ts";
import { dataOfValue, makeDraft } from "./draft.ts";
import { Inbox, type Work } from "./inbox.ts";
import { parseJson } from "./json.ts";
import { checkChannel } from "./parameters.ts";
import type { Sender } from "./publish-limits.ts";
import { asHoldfastError, tellRefused } from "./respond.ts";
import type { Service } from "./service.ts";
import type { OpenSocket } from "./sockets.ts";
import { type Standing, untilOf } from "./standing.ts";

type Fields = Readonly<Record<string, unknown>>;
type Begun = Awaited<ReturnType<Work>>;

export function serveFull(service: Service, open: OpenSocket, caller: Caller): void {
	const { socket, transport, request } = open;
	const connection: Connection = {
		warn: (delay) => transport.tell(opGoaway(delay, "draining")),
		leave: (code) => transport.end(code),
	};
	const session = new FullSocket(service, open, caller, connection);
	service.connections.add(request, connection, { kind: "websocket", standing: session, scope: session });
	socket.once("close", () => {
		service.connections.remove(connection);
		session.close();
	});
	const id = service.attendance.nameOf(connection);
	session.name = id;
	transport.tell(opHello(id, service.limits.pingInterval / 1000));
	const inbox = new Inbox(socket, transport);
	socket.on("message", (data, isBinary) => inbox.take(() => session.receive(isBinary ? undefined : data.toString())));
}

interface Followed {
	readonly end: () => void;
	/** Until when it may be read, in milliseconds since 1970, where it has to be asked for again then. */
	until: number;
}

class FullSocket implements Standing {
	/** Told in `hello`, and found in logs. */
	name = "";
	readonly #service: Service;
	readonly #open: OpenSocket;
	readonly #connection: Connection;
	readonly #sender: Sender;
	readonly #subscriptions = new Map<string, Followed>();
	#grants = new Map<string, Promise<Grant>>();
	#request: IncomingMessage;
	#caller: Caller;
	#closed = false;

	readonly #operations: Readonly<Record<Operation, (ref: Ref | undefined, fields: Fields) => Promise<Begun>>> = {
		subscribe: (ref, fields) => this.#subscribe(ref, fields),
		unsubscribe: async (ref, { channel }) => {
			this.#unsubscribe(checkChannel(channel));
			this.#tell(opOk(ref));
			return undefined;
		},
		publish: (ref, fields) => this.#publish(ref, fields),
		auth: (ref, fields) => this.#renew(ref, fields),
		ping: async (ref) => {
			this.#tell(opPong(ref));
			return undefined;
		},
	};

	constructor(service: Service, open: OpenSocket, caller: Caller, connection: Connection) {
		this.#service = service;
		this.#open = open;
		this.#connection = connection;
		this.#sender = service.publisher.senderOf(open.request);
		this.#request = open.request;
		this.#caller = caller;
	}

	get caller(): Caller {
		return this.#caller;
	}

	get channels(): readonly string[] {
		return [...this.#subscriptions.keys()];
	}

	get until(): number {
		let until = this.#caller.until ?? Number.POSITIVE_INFINITY;
		for (const followed of this.#subscriptions.values()) until = Math.min(until, followed.until);
		return until;
	}

	/** What may not be read any more ends alone; the connection stays for the rest, as long as the credentials hold. */
	async renew(): Promise<void> {
		if (this.#hasExpired) throw new HoldfastError("unauthorized", "The credentials have expired.");
		const now = this.#service.clock.now();
		const due = [...this.#subscriptions].filter(([, { until }]) => until <= now).map(([channel]) => channel);
		await this.#askAgain(due);
	}

	/** Handles one frame; a refusal is told, and the connection stays. `text` is undefined for a binary frame. */
	async receive(text: string | undefined): Promise<Begun> {
		let ref: Ref | undefined;
		try {
			if (text === undefined) throw new HoldfastError("bad_operation", "Operations are JSON text frames.");
			const frame = parseJson(text);
			if (typeof frame !== "object" || frame === null) throw new HoldfastError("bad_operation", "An operation is an object.");
			const fields = frame as Fields;
			ref = refOf(fields["ref"]);
			const { op } = fields;
			if (typeof op !== "string" || !Object.hasOwn(this.#operations, op)) {
				throw new HoldfastError("bad_operation", "op is subscribe, unsubscribe, publish, auth or ping.");
			}
			return await this.#operations[op as Operation](ref, fields);
		} catch (error) {
			// Its time was just over: whoever comes back with new credentials may ask again, so this is no answer.
			if (this.#hasExpired) this.#open.transport.end(closeCodes.expired);
			else this.#refuse(ref, error);
			return undefined;
		}
	}

	get #hasExpired(): boolean {
		return (this.#caller.until ?? Number.POSITIVE_INFINITY) <= this.#service.clock.now();
	}

	close(): void {
		this.#closed = true;
		for (const { end } of this.#subscriptions.values()) end();
		this.#subscriptions.clear();
	}

	async #subscribe(ref: Ref | undefined, { channel: name, after, last }: Fields): Promise<undefined> {
		const { access, hub, limits } = this.#service;
		const channel = checkChannel(name);
		if (this.#subscriptions.has(channel)) {
			throw new HoldfastError("already_subscribed", `This connection follows ${channel} already.`);
		}
		if (this.#subscriptions.size >= limits.maxChannelsPerConnection) {
			throw new HoldfastError("bad_request", `A connection follows at most ${limits.maxChannelsPerConnection} channels.`);
		}
		const start = startOf(after, last);
		const grant = await access.check(this.#request, channel, "read");
		if (this.#closed) return;
		this.#claim(grant);
		// Where no credentials are verified here, whoever decides may still have named somebody.
		if (this.#caller === nobody) this.#caller = grant.caller;
		const { begun, close } = hub.follow({
			scope: oneChannel(channel),
			starts: [start],
			kind: "websocket",
			transport: new ChannelTransport(channel, this.#open.transport),
			opened: ({ next }) => this.#tell(opOk(ref, { next })),
		});
		this.#subscriptions.set(channel, { end: close, until: grant.until ?? Number.POSITIVE_INFINITY });
		try {
			if (begun !== undefined) await begun;
		} catch (error) {
			this.#unsubscribe(channel);
			throw error;
		}
	}

	#unsubscribe(channel: string): void {
		this.#subscriptions.get(channel)?.end();
		this.#subscriptions.delete(channel);
	}

	async #publish(ref: Ref | undefined, fields: Fields): Promise<Begun> {
		const { publisher, limits, schemas } = this.#service;
		const { channel, data, encoding, ...labels } = fields;
		publisher.admit(this.#sender);
		const draft = makeDraft(channel, dataOfValue(data, encoding), labels, limits.maxMessageBytes);
		publisher.pay(this.#sender, 0, draft.data.length);
		const grant = await this.#grantOf(draft.channel);
		this.#claim(grant);
		publisher.chargeOne(this.#sender, grant.caller.subject, draft);
		await schemas.check(draft);
		const appended = publisher.appendOne(publishedBy(grant, draft));
		const done = appended.then(
			({ id, time }) => this.#tell(opOk(ref, { id, time })),
			(error: unknown) => this.#refuse(ref, error),
		);
		return { done };
	}

	/** A new token in place: what is followed is asked for anew, and ends where the new token may not read. */
	async #renew(ref: Ref | undefined, { token }: Fields): Promise<undefined> {
		if (typeof token !== "string") throw new HoldfastError("bad_request", "token is a string.");
		const request = withToken(this.#open.request, token);
		// A token that is not good changes nothing.
		this.#caller = await this.#service.access.who(request);
		this.#request = request;
		this.#grants = new Map();
		const refused = await this.#refusalsOf(this.channels);
		this.#tell(opOk(ref));
		this.#drop(refused);
	}

	async #askAgain(channels: readonly string[]): Promise<void> {
		this.#drop(await this.#refusalsOf(channels));
	}

	/** Asks for the right to read each anew. */
	async #refusalsOf(channels: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
		const refused = new Map<string, unknown>();
		const ask = async (channel: string) => {
			try {
				const grant = await this.#service.access.check(this.#request, channel, "read");
				if (this.#caller === nobody) this.#caller = grant.caller;
				const followed = this.#subscriptions.get(channel);
				if (followed !== undefined) followed.until = grant.until ?? Number.POSITIVE_INFINITY;
			} catch (error) {
				refused.set(channel, error);
			}
		};
		await Promise.all(channels.map(ask));
		return refused;
	}

	#drop(refused: ReadonlyMap<string, unknown>): void {
		for (const [channel, error] of refused) {
			this.#unsubscribe(channel);
			this.#refuse(undefined, error, channel);
		}
	}

	/** Whether this connection may publish is asked once a channel, of as many as it may follow, and again when its time is over. */
	async #grantOf(channel: string): Promise<Grant> {
		const known = this.#grants.get(channel);
		if (known !== undefined && untilOf(await known) > this.#service.clock.now()) return known;
		const grant = this.#service.access.check(this.#request, channel, "publish");
		if (this.#grants.size >= this.#service.limits.maxChannelsPerConnection) this.#grants.clear();
		this.#grants.set(channel, grant);
		// A refusal is asked again: rights may be given meanwhile.
		grant.catch(() => this.#grants.delete(channel));
		return grant;
	}

	/** Whose connection it is becomes known with the first grant; one too many of them ends. */
	#claim({ caller }: Grant): void {
		try {
			this.#service.connections.claim(this.#connection, this.#open.request, caller.subject);
		} catch (error) {
			this.#open.transport.end(closeCodes.rate, "rate_limited");
			throw error;
		}
	}

	#tell(text: string): void {
		this.#open.transport.tell(text);
	}

	#refuse(ref: Ref | undefined, cause: unknown, channel?: string): void {
		const asked = { id: this.name, method: "WS", path: "/v1/socket" };
		const error = asHoldfastError(cause, "operation", asked);
		tellRefused(error, asked);
		this.#tell(opError(ref, error.code, error.message, { channel, places: error.places }));
	}
}

function refOf(ref: unknown): Ref | undefined {
	if (ref === undefined || typeof ref === "number") return ref;
	throw new HoldfastError("bad_request", "ref is a number.");
}

function startOf(after: unknown, last: unknown): Start {
	if (after !== undefined) {
		if (after === "first" || after === "now") return after;
		const cursor = typeof after === "string" ? parseCursor(after) : undefined;
		if (cursor !== undefined) return cursor;
		throw new HoldfastError("bad_cursor", "after is a cursor of this channel, first or now.");
	}
	if (last === undefined) return "now";
	if (Number.isInteger(last) && (last as number) >= 1 && (last as number) <= 1000) return { last: last as number };
	throw new HoldfastError("bad_request", "last is a whole number from 1 to 1000.");
}
