/** Who is connected: as administrators see it, and that nobody stays longer than their credentials. */
import type { IncomingMessage } from "node:http";
import { type CloseCode, closeCodes, HoldfastError } from "@holdfast/protocol";
import type { Clock, Random, Timer } from "../clock.ts";
import { diagnostics, type Ended } from "../diagnostics.ts";
import type { Caller } from "../identity/caller.ts";
import type { Standing } from "./standing.ts";

export type ConnectionKind = "longPoll" | "sse" | "websocket";

/** A reader or a socket that stays. */
export interface Connection {
	/** Told that it will be sent away after `delay` milliseconds, where its form has a way to. */
	warn?(delay: number): void;
	/** Sends it away, to come back with its cursor unless the code says otherwise. */
	leave(code: CloseCode): void;
}

export interface Visit {
	readonly kind: ConnectionKind;
	readonly standing: Standing;
	/** What it follows at this moment. */
	readonly scope: { readonly channels: readonly string[] };
}

/** As `GET /v1/connections` tells it. */
export interface ConnectionInfo {
	readonly id: string;
	readonly transport: ConnectionKind;
	readonly subject?: string;
	readonly address?: string;
	/** Milliseconds since 1970. */
	readonly since: number;
	readonly until?: number;
	readonly channels: readonly string[];
}

/** Told of those who come and go, as they are known at that moment. */
export interface AttendanceObserver {
	opened(connection: ConnectionInfo): void;
	closed(connection: ConnectionInfo): void;
}

/** Whom limits count a connection for. */
export interface Counted {
	readonly network: string | undefined;
	subject: string | undefined;
}

interface Entry extends Visit, Counted {
	readonly number: number;
	readonly since: number;
	readonly address: string | undefined;
	/** It is being asked for again, or has been sent away and takes its time to go: nothing is to be done about it. */
	pending: boolean;
}

const endings: Readonly<Record<Ended["why"], CloseCode>> = {
	expired: closeCodes.expired,
	revoked: closeCodes.notAllowed,
	forbidden: closeCodes.notAllowed,
	disconnected: closeCodes.draining,
};

/** Between two looks at all who are here, in milliseconds. */
const pause = 1000;

export class Attendance {
	/** Names this server among its like. */
	readonly node: string;
	readonly #clock: Clock;
	readonly #revoked: (caller: Caller) => boolean;
	readonly #addressOf: (request: IncomingMessage) => string | undefined;
	readonly #here = new Map<Connection, Entry>();
	#count = 0;
	#timer: Timer | undefined;
	#observer: AttendanceObserver | undefined;

	constructor(
		clock: Clock,
		random: Random,
		revoked: (caller: Caller) => boolean,
		addressOf: (request: IncomingMessage) => string | undefined,
	) {
		this.#clock = clock;
		this.node = Math.floor(random() * 2 ** 40).toString(36);
		this.#revoked = revoked;
		this.#addressOf = addressOf;
	}

	observe(observer: AttendanceObserver): void {
		this.#observer = observer;
	}

	get size(): number {
		return this.#here.size;
	}

	get connections(): Iterable<Connection> {
		return this.#here.keys();
	}

	enter(request: IncomingMessage, connection: Connection, { kind, standing, scope }: Visit, network?: string): void {
		const number = ++this.#count;
		const address = this.#addressOf(request);
		const { subject } = standing.caller;
		const since = this.#clock.now();
		const entry = { kind, standing, scope, network, subject, number, since, address, pending: false };
		this.#here.set(connection, entry);
		this.#observer?.opened(this.#tell(entry));
		this.#timer ??= this.#clock.after(pause, () => this.#look());
	}

	/** Undefined: it had left. */
	leave(connection: Connection): Counted | undefined {
		const entry = this.#here.get(connection);
		if (entry === undefined) return undefined;
		this.#here.delete(connection);
		this.#observer?.closed(this.#tell(entry));
		return entry;
	}

	countedFor(connection: Connection): Counted | undefined {
		return this.#here.get(connection);
	}

	/** What it is called, as long as it is here. */
	nameOf(connection: Connection): string {
		return this.#nameOf(this.#here.get(connection)?.number ?? 0);
	}

	/** The connections behind `after`, oldest first. */
	list(after: string | undefined, limit: number): { readonly connections: readonly ConnectionInfo[]; readonly more: boolean } {
		const least = after === undefined ? 0 : this.#numberOf(after);
		const found: Entry[] = [];
		for (const entry of this.#here.values()) {
			if (entry.number <= least) continue;
			if (found.length === limit) return { connections: found.map((one) => this.#tell(one)), more: true };
			found.push(entry);
		}
		return { connections: found.map((one) => this.#tell(one)), more: false };
	}

	/** Whether the name is of a connection of this server, here or gone. */
	owns(id: string): boolean {
		return id.startsWith(`${this.node}-`);
	}

	/** Sends one away, to come back with its cursor. False: there is none of that name. */
	disconnect(id: string): boolean {
		if (!this.owns(id)) return false;
		for (const [connection, entry] of this.#here) {
			if (this.#nameOf(entry.number) !== id) continue;
			this.#expel(connection, entry, "disconnected");
			return true;
		}
		return false;
	}

	/** Each second rather than a timer each: what is asked is two comparisons. */
	#look(): void {
		const now = this.#clock.now();
		for (const [connection, entry] of this.#here) {
			const { standing } = entry;
			if (entry.pending) continue;
			if (this.#revoked(standing.caller)) this.#expel(connection, entry, "revoked");
			else if (standing.until <= now) this.#end(connection, entry);
		}
		this.#timer = this.#here.size === 0 ? undefined : this.#clock.after(pause, () => this.#look());
	}

	#end(connection: Connection, entry: Entry): void {
		const { standing } = entry;
		if (standing.renew === undefined) {
			this.#expel(connection, entry, "expired");
			return;
		}
		entry.pending = true;
		standing.renew().then(
			() => {
				entry.pending = false;
			},
			(error: unknown) => {
				const never = error instanceof HoldfastError && error.code === "forbidden";
				this.#expel(connection, entry, never ? "forbidden" : "expired");
			},
		);
	}

	#expel(connection: Connection, entry: Entry, why: Ended["why"]): void {
		entry.pending = true;
		diagnostics.ended.tell({ id: this.#nameOf(entry.number), transport: entry.kind, why });
		connection.leave(endings[why]);
	}

	#nameOf(number: number): string {
		return `${this.node}-${number}`;
	}

	#numberOf(id: string): number {
		const number = this.owns(id) ? Number(id.slice(this.node.length + 1)) : Number.NaN;
		if (!Number.isSafeInteger(number)) throw new HoldfastError("bad_request", "after is the id of a connection of this server.");
		return number;
	}

	#tell({ kind, standing: { caller, until }, scope, number, since, address }: Entry): ConnectionInfo {
		return {
			id: this.#nameOf(number),
			transport: kind,
			...(caller.subject === undefined ? {} : { subject: caller.subject }),
			...(address === undefined ? {} : { address }),
			since,
			...(until === Number.POSITIVE_INFINITY ? {} : { until }),
			channels: scope.channels,
		};
	}
}
