import type { IncomingMessage } from "node:http";
import { closeCodes, HoldfastError } from "@holdfast/protocol";
import type { Clock, Random } from "../clock.ts";
import type { ServerLimits } from "../options.ts";
import type { Attendance, Connection, Visit } from "./attendance.ts";
import { isLoopback } from "./peer.ts";

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
	readonly #attendance: Attendance;
	readonly #byAddress = new Map<string, number>();
	#draining = false;
	#emptied: (() => void) | undefined;

	/** `limitLoopback`: whether the limit for an address was set, and so holds for this machine too. */
	constructor(limits: ServerLimits, limitLoopback: boolean, clock: Clock, random: Random, attendance: Attendance) {
		this.#attendance = attendance;
		this.#limits = limits;
		this.#limitLoopback = limitLoopback;
		this.#clock = clock;
		this.#random = random;
	}

	get draining(): boolean {
		return this.#draining;
	}

	/** @throws HoldfastError `draining`, `overloaded`, or `rate_limited` when one address holds too many. */
	admit(request: IncomingMessage): void {
		this.checkDraining();
		if (this.#attendance.size >= this.#limits.maxConnections) {
			throw new HoldfastError("overloaded", `The server holds ${this.#attendance.size} connections, its limit.`, {
				retryAfter: 5,
			});
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

	/** Counts a connection until `remove` is called. */
	add(request: IncomingMessage, connection: Connection, visit: Visit): { readonly id: string; readonly remove: () => void } {
		const address = this.#addressOf(request);
		const id = this.#attendance.enter(request, connection, visit);
		if (address !== undefined) this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1);
		const remove = () => {
			if (!this.#attendance.leave(connection)) return;
			if (address !== undefined) this.#forget(address);
			if (this.#attendance.size === 0) this.#emptied?.();
		};
		return { id, remove };
	}

	/** Lets no one in any more and sends everyone away within `time` milliseconds, at random so that they do not arrive together. */
	async drain(time: number): Promise<void> {
		this.#draining = true;
		const here = this.#attendance.size;
		if (here === 0) return;
		const spread = Math.min(time, (here / leaveRate) * 1000);
		const emptied = new Promise<void>((resolve) => {
			this.#emptied = resolve;
		});
		for (const connection of this.#attendance.connections) {
			const delay = Math.round(spread * this.#random());
			connection.warn?.(delay);
			// Who was warned opens another connection first, and only then leaves this one.
			const until = connection.warn === undefined ? delay : Math.min(time, delay + overlap);
			this.#clock.after(until, () => connection.leave(closeCodes.draining));
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
