import type { IncomingMessage } from "node:http";
import { HoldfastError } from "@holdfast/protocol";
import type { Clock, Random } from "../clock.ts";
import type { ServerLimits } from "../options.ts";
import { isLoopback } from "./peer.ts";

/** A reader or a socket that stays. */
export interface Connection {
	/** Told that it will be sent away after `delay` milliseconds, where its form has a way to. */
	warn?(delay: number): void;
	/** Sends it away, to come back with its cursor. */
	leave(): void;
}

/** Told of each connection; what it returns is called when that is gone. */
export type ConnectionObserver = (request: IncomingMessage) => (() => void) | undefined;

/** So many readers a second are sent away, however few there are of them in the time given. */
const leaveRate = 500;

/** Time to be on the new connection before the old one ends, in milliseconds. */
const overlap = 1000;

/** The connections that stay, counted, and sent away when the server closes. */
export class Connections {
	readonly #limits: ServerLimits;
	readonly #limitLoopback: boolean;
	readonly #clock: Clock;
	readonly #random: Random;
	readonly #open = new Set<Connection>();
	readonly #byAddress = new Map<string, number>();
	readonly #opened: ConnectionObserver | undefined;
	#draining = false;
	#emptied: (() => void) | undefined;

	/** `limitLoopback`: whether the limit for an address was set, and so holds for this machine too. */
	constructor(limits: ServerLimits, limitLoopback: boolean, clock: Clock, random: Random, opened?: ConnectionObserver) {
		this.#limits = limits;
		this.#limitLoopback = limitLoopback;
		this.#clock = clock;
		this.#random = random;
		this.#opened = opened;
	}

	get draining(): boolean {
		return this.#draining;
	}

	/** @throws HoldfastError `draining`, `overloaded`, or `rate_limited` when one address holds too many. */
	admit(request: IncomingMessage): void {
		this.checkDraining();
		if (this.#open.size >= this.#limits.maxConnections) {
			throw new HoldfastError("overloaded", `The server holds ${this.#open.size} connections, its limit.`, { retryAfter: 5 });
		}
		const address = this.#addressOf(request);
		if (address !== undefined && (this.#byAddress.get(address) ?? 0) >= this.#limits.maxConnectionsPerIp) {
			const most = this.#limits.maxConnectionsPerIp;
			throw new HoldfastError("rate_limited", `Your address holds ${most} connections, its limit.`, { retryAfter: 5 });
		}
	}

	/** @throws HoldfastError `draining`. */
	checkDraining(): void {
		if (this.#draining) throw new HoldfastError("draining", "The server is going away.", { retryAfter: 1 });
	}

	/** Counts a connection until the function that it returns is called. */
	add(request: IncomingMessage, connection: Connection): () => void {
		const address = this.#addressOf(request);
		const closed = this.#opened?.(request);
		this.#open.add(connection);
		if (address !== undefined) this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1);
		return () => {
			if (!this.#open.delete(connection)) return;
			closed?.();
			if (address !== undefined) this.#forget(address);
			if (this.#open.size === 0) this.#emptied?.();
		};
	}

	/** Lets no one in any more and sends everyone away within `time` milliseconds, at random so that they do not arrive together. */
	async drain(time: number): Promise<void> {
		this.#draining = true;
		if (this.#open.size === 0) return;
		const spread = Math.min(time, (this.#open.size / leaveRate) * 1000);
		const emptied = new Promise<void>((resolve) => {
			this.#emptied = resolve;
		});
		for (const connection of this.#open) {
			const delay = Math.round(spread * this.#random());
			connection.warn?.(delay);
			// Who was warned opens another connection first, and only then leaves this one.
			const until = connection.warn === undefined ? delay : Math.min(time, delay + overlap);
			this.#clock.after(until, () => connection.leave());
		}
		await emptied;
	}

	#forget(address: string): void {
		const left = (this.#byAddress.get(address) ?? 1) - 1;
		if (left === 0) this.#byAddress.delete(address);
		else this.#byAddress.set(address, left);
	}

	#addressOf(request: IncomingMessage): string | undefined {
		const address = request.socket.remoteAddress;
		return isLoopback(address) && !this.#limitLoopback ? undefined : (address ?? "local");
	}
}
