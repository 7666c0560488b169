import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { closeCodes, HoldfastError } from "@holdfast/protocol";
import type { Clock, Random } from "../clock.ts";
import type { ServerLimits } from "../options.ts";
import type { Addresses } from "./addresses.ts";
import { Admission } from "./admission.ts";
import type { Attendance, Connection, Visit } from "./attendance.ts";
import { BoundedMap } from "./bounded-map.ts";
import { Limit, type Limiting, mostKnown } from "./limit.ts";
import { wantsEvents } from "./parameters.ts";
import { connectionOf } from "./peer.ts";

/** So many readers a second are sent away, however few there are of them in the time given. */
const leaveRate = 500;

/** Time to be on the new connection before the old one ends, in milliseconds. */
const overlap = 1000;

/** What whoever comes is told, once the server closes. */
export function goingAway(): HoldfastError {
	return new HoldfastError("draining", "The server is going away.", { retryAfter: 1 });
}

/** New connections, let in at a pace, and those that stay, counted, and sent away when the server closes. */
export class Connections {
	readonly #limits: ServerLimits;
	readonly #limitLoopback: boolean;
	readonly #clock: Clock;
	readonly #random: Random;
	readonly #addresses: Addresses;
	readonly #attendance: Attendance;
	readonly #admission: Admission;
	readonly #rateOfIp: Limit<string>;
	readonly #rateOfSubject: Limit<string>;
	readonly #byNetwork = new Tally();
	readonly #bySubject = new Tally();
	/** Connections that have been let in: further requests on them are no newcomers. */
	readonly #known = new WeakSet<Socket>();
	readonly #new = new WeakSet<IncomingMessage>();
	#draining = false;
	#emptied: (() => void) | undefined;

	constructor(limiting: Limiting, addresses: Addresses, random: Random, attendance: Attendance) {
		const { limits, set, clock } = limiting;
		this.#attendance = attendance;
		this.#limits = limits;
		this.#limitLoopback = set.has("maxConnectionsPerIp");
		this.#clock = clock;
		this.#random = random;
		this.#addresses = addresses;
		this.#admission = new Admission(limits, clock, random);
		const told = (who: string) => (rate: number) => `${who} may open ${rate} connections a second.`;
		const known = () => new BoundedMap(mostKnown);
		this.#rateOfIp = new Limit(limiting, "connectRatePerIp", known(), told("An address"), 2);
		this.#rateOfSubject = new Limit(limiting, "connectRatePerSubject", known(), told("A user"), 2);
	}

	get draining(): boolean {
		return this.#draining;
	}

	/**
	 * Undefined, or resolves when it is the request's turn to come in: at once, unless very many come together. What comes on a
	 * connection that was let in has had its turn, but for what stays longer than its answer. `whenGone` is told what to call if the
	 * client goes away before, and answers how to stop looking; then this never resolves, and is garbage.
	 *
	 * @throws HoldfastError `rate_limited`, or `overloaded` when the turn would be too far away.
	 */
	enter(request: IncomingMessage, whenGone: (leave: () => void) => () => void): Promise<void> | undefined {
		if (this.#draining) return undefined;
		const socket = connectionOf(request);
		const { headers } = request;
		if (this.#known.has(socket) && headers.upgrade === undefined && !wantsEvents(request)) return undefined;
		const { network, isLoopback } = this.#addresses.clientOf(request);
		const refusal = this.#rateOfIp.refusal(network, isLoopback);
		if (refusal !== undefined) throw refusal;
		this.#rateOfIp.take(network, 1, isLoopback);
		const waiting = this.#admission.enter();
		const enters = () => {
			this.#known.add(socket);
			this.#new.add(request);
		};
		if (waiting === undefined) {
			enters();
			return undefined;
		}
		const forget = whenGone(waiting.leave);
		return waiting.turn.then(() => {
			forget();
			enters();
		});
	}

	/**
	 * Whether there is room for one more that stays: asked before its credentials are looked at, which costs more.
	 *
	 * @throws HoldfastError `draining`, `overloaded`, or `rate_limited` when one address holds too many.
	 */
	checkRoom(request: IncomingMessage): void {
		this.checkDraining();
		if (this.#attendance.size >= this.#limits.maxConnections) {
			throw new HoldfastError("overloaded", `The server holds ${this.#attendance.size} connections, its limit.`, {
				retryAfter: 5,
			});
		}
		this.#byNetwork.check(this.#networkOf(request), this.#limits.maxConnectionsPerIp, "Your address holds");
	}

	/**
	 * Whether it may be added, in the same turn.
	 *
	 * @throws HoldfastError as `checkRoom`, and `rate_limited` when the subject holds too many or opens them too fast.
	 */
	admit(request: IncomingMessage, subject: string | undefined): void {
		this.checkRoom(request);
		this.#checkSubject(request, subject);
	}

	/** @throws HoldfastError `draining`. */
	checkDraining(): void {
		if (this.#draining) throw goingAway();
	}

	/** Counts a connection until it is removed. */
	add(request: IncomingMessage, connection: Connection, visit: Visit): void {
		const network = this.#networkOf(request);
		this.#attendance.enter(request, connection, visit, network);
		this.#byNetwork.add(network);
		this.#bySubject.add(visit.standing.caller.subject);
	}

	/** One that has been removed, or was not added, is nothing to it. */
	remove(connection: Connection): void {
		const counted = this.#attendance.leave(connection);
		if (counted === undefined) return;
		this.#byNetwork.remove(counted.network);
		this.#bySubject.remove(counted.subject);
		if (this.#attendance.size === 0) this.#emptied?.();
	}

	/**
	 * Counts for this subject what was opened before it was known whose it is.
	 *
	 * @throws HoldfastError `rate_limited` when the subject holds too many or opens them too fast.
	 */
	claim(connection: Connection, request: IncomingMessage, subject: string | undefined): void {
		const counted = this.#attendance.countedFor(connection);
		if (counted === undefined || subject === undefined || counted.subject === subject) return;
		this.#checkSubject(request, subject);
		this.#bySubject.remove(counted.subject);
		counted.subject = subject;
		this.#bySubject.add(subject);
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

	#checkSubject(request: IncomingMessage, subject: string | undefined): void {
		this.#bySubject.check(subject, this.#limits.maxConnectionsPerSubject, "You hold");
		if (!this.#new.has(request)) return;
		const refusal = this.#rateOfSubject.refusal(subject);
		if (refusal !== undefined) throw refusal;
		this.#rateOfSubject.take(subject, 1);
	}

	/** Undefined for this machine, unless the limit was set. */
	#networkOf(request: IncomingMessage): string | undefined {
		const { network, isLoopback } = this.#addresses.clientOf(request);
		return isLoopback && !this.#limitLoopback ? undefined : network;
	}
}

/** How many connections each holds who holds any. */
class Tally {
	readonly #held = new Map<string, number>();

	/** @throws HoldfastError `rate_limited`. */
	check(name: string | undefined, most: number, who: string): void {
		if (name === undefined || (this.#held.get(name) ?? 0) < most) return;
		throw new HoldfastError("rate_limited", `${who} ${most} connections, the limit.`, { retryAfter: 5 });
	}

	add(name: string | undefined): void {
		if (name !== undefined) this.#held.set(name, (this.#held.get(name) ?? 0) + 1);
	}

	remove(name: string | undefined): void {
		if (name === undefined) return;
		const left = (this.#held.get(name) ?? 1) - 1;
		if (left === 0) this.#held.delete(name);
		else this.#held.set(name, left);
	}
}
