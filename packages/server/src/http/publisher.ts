import type { Socket } from "node:net";
import { HoldfastError } from "@holdfast/protocol";
import type { Clock } from "../clock.ts";
import type { Draft, Log, Receipt, Stored } from "../log/log.ts";
import type { ServerLimits } from "../options.ts";
import type { Connections } from "./connections.ts";
import { isLoopback } from "./peer.ts";

/** Tokens of one connection: as many a second as it may publish, and no more than that at once. */
interface Bucket {
	tokens: number;
	filled: number;
}

/** The one way into the log: limits the rate of a connection, and knows what is still under way. */
export class Publisher {
	readonly #log: Pick<Log, "append">;
	readonly #clock: Clock;
	readonly #limits: ServerLimits;
	readonly #limitLoopback: boolean;
	readonly #connections: Connections;
	readonly #buckets = new WeakMap<Socket, Bucket>();
	readonly #underWay = new Set<Promise<unknown>>();
	#pendingBytes = 0;

	/** `limitLoopback`: whether the rate was set, and so holds for this machine too. */
	constructor(log: Pick<Log, "append">, clock: Clock, limits: ServerLimits, limitLoopback: boolean, connections: Connections) {
		this.#log = log;
		this.#clock = clock;
		this.#limits = limits;
		this.#limitLoopback = limitLoopback;
		this.#connections = connections;
	}

	/**
	 * Takes a token for each message. A batch passes when there is any token and is paid off afterwards: it costs what its
	 * messages cost one by one, without having to fit the bucket.
	 *
	 * @throws HoldfastError `rate_limited` or `draining`.
	 */
	admit(socket: Socket, messages: number): void {
		this.#connections.checkDraining();
		if (isLoopback(socket.remoteAddress) && !this.#limitLoopback) return;
		const rate = this.#limits.publishRate;
		const now = this.#clock.now();
		const bucket = this.#buckets.get(socket) ?? { tokens: rate, filled: now };
		bucket.tokens = Math.min(rate, bucket.tokens + (Math.max(0, now - bucket.filled) / 1000) * rate);
		bucket.filled = now;
		this.#buckets.set(socket, bucket);
		if (bucket.tokens < 1) {
			const retryAfter = Math.max(1, Math.ceil((1 - bucket.tokens) / rate));
			throw new HoldfastError("rate_limited", `A connection may publish ${rate} messages a second.`, { retryAfter });
		}
		bucket.tokens -= messages;
	}

	/** @throws HoldfastError when the log keeps none of them, `overloaded` when too much waits for it already. */
	async append(drafts: readonly Draft[]): Promise<readonly Receipt[]> {
		let bytes = 0;
		for (const { data } of drafts) bytes += data.length;
		// One alone is let in whatever its size, so that what is allowed as a message can always be published.
		if (this.#pendingBytes > 0 && this.#pendingBytes + bytes > this.#limits.maxPendingBytes) {
			throw new HoldfastError("overloaded", "Too much waits for the log to keep it.", { retryAfter: 1 });
		}
		this.#pendingBytes += bytes;
		const appended = this.#log.append(drafts);
		this.#underWay.add(appended);
		try {
			return await appended;
		} finally {
			this.#underWay.delete(appended);
			this.#pendingBytes -= bytes;
		}
	}

	/** @throws HoldfastError when the log does not keep it. */
	async appendOne(draft: Draft): Promise<Stored> {
		const [receipt] = await this.append([draft]);
		if (receipt === undefined) throw new Error("The log gave no receipt.");
		if ("refused" in receipt) throw new HoldfastError(receipt.refused, receipt.detail);
		return receipt;
	}

	/** Waits for what is under way. */
	async settle(): Promise<void> {
		await Promise.allSettled(this.#underWay);
	}
}
