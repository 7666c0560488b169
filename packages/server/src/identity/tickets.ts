/**
 * Tickets: credentials for one connection, for those that can send no header. A ticket names a message of the log, where who it stands for
 * is written beside the hash of the ticket's secret, so that every node can redeem it; that it is redeemed once is for the log to say, which stores a
 * message with the same idempotency key once.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { HoldfastError, parseCursor } from "@holdfast/protocol";
import type { Clock } from "../clock.ts";
import type { Log, Receipt, Stored } from "../log/log.ts";
import type { Caller } from "./caller.ts";
import { parseRights } from "./rights.ts";

const issued = "$tickets";
const used = "$tickets.used";
const lifetime = 30_000;

export interface Ticket {
	readonly ticket: string;
	/** Milliseconds since 1970. */
	readonly expires: number;
}

type Kept = Omit<Caller, "rights"> & { readonly hash: string; readonly expires: number };

export class Tickets {
	readonly #log: Log;
	readonly #clock: Clock;

	constructor(log: Log, clock: Clock) {
		this.#log = log;
		this.#clock = clock;
	}

	/** @throws HoldfastError when the log does not keep it. */
	async issue({ rights: _, ...caller }: Caller): Promise<Ticket> {
		const secret = randomBytes(18).toString("base64url");
		const expires = this.#clock.now() + lifetime;
		const kept: Kept = { ...caller, hash: hashOf(secret).toString("base64url"), expires };
		const { id } = stored(await this.#log.append([{ channel: issued, data: JSON.stringify(kept) }]));
		return { ticket: `${id}.${secret}`, expires };
	}

	/** @throws HoldfastError `unauthorized`; what the log throws when it cannot be asked. */
	async redeem(ticket: string): Promise<Caller> {
		const dot = ticket.indexOf(".");
		const [id, secret] = [ticket.slice(0, dot), ticket.slice(dot + 1)];
		const kept = await this.#find(id);
		if (kept === undefined || !timingSafeEqual(hashOf(secret), Buffer.from(kept.hash, "base64url"))) {
			throw new HoldfastError("unauthorized", "The ticket is not known here.");
		}
		const { hash: _, expires, ...caller } = kept;
		if (expires <= this.#clock.now()) throw new HoldfastError("unauthorized", "The ticket has expired; ask for another.");
		const { known } = stored(await this.#log.append([{ channel: used, data: "null", idempotencyKey: id }]));
		if (known) throw new HoldfastError("unauthorized", "The ticket has been used; ask for another.");
		return { ...caller, rights: parseRights(caller.written) };
	}

	async #find(id: string): Promise<Kept | undefined> {
		const place = parseCursor(id);
		if (place === undefined || place.offset < 1) return undefined;
		const before = { epoch: place.epoch, offset: place.offset - 1 };
		const { messages } = await this.#log.read(issued, before, { messages: 1, bytes: 0 });
		const [message] = messages;
		// Where it is gone the oldest that is kept comes instead.
		return message?.id === id ? (JSON.parse(message.data) as Kept) : undefined;
	}
}

function hashOf(secret: string): Buffer {
	return createHash("sha256").update(secret).digest();
}

function stored([receipt]: readonly Receipt[]): Stored {
	if (receipt === undefined || "refused" in receipt) throw new HoldfastError("internal", "The log refused a ticket.");
	return receipt;
}
