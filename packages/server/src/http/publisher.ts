import type { IncomingMessage } from "node:http";
import { HoldfastError } from "@holdfast/protocol";
import type { Draft, Log, Receipt, Stored } from "../log/log.ts";
import type { Addresses } from "./addresses.ts";
import type { Connections } from "./connections.ts";
import type { Limiting } from "./limit.ts";
import { PublishLimits, type Sender } from "./publish-limits.ts";

/** The one way into the log: holds back who publishes too much, and knows what is still under way. */
export class Publisher {
	readonly #log: Pick<Log, "append">;
	readonly #maxPendingBytes: number;
	readonly #rates: PublishLimits;
	readonly #connections: Connections;
	readonly #underWay = new Set<Promise<unknown>>();
	#pendingBytes = 0;
	/** Messages by what became of them, and bytes of data that were kept. */
	readonly counts = { stored: 0, repeated: 0, refused: 0, failed: 0, storedBytes: 0 };

	constructor(log: Pick<Log, "append">, limiting: Limiting, addresses: Addresses, connections: Connections) {
		this.#log = log;
		this.#maxPendingBytes = limiting.limits.maxPendingBytes;
		this.#rates = new PublishLimits(limiting, addresses);
		this.#connections = connections;
	}

	senderOf(request: IncomingMessage): Sender {
		return this.#rates.senderOf(request);
	}

	/**
	 * Before anything costly: takes one message of the connection and the address.
	 *
	 * @throws HoldfastError `rate_limited` or `draining`.
	 */
	admit(sender: Sender): void {
		this.#connections.checkDraining();
		this.#rates.admit(sender);
	}

	/** What has come of the connection and the address besides the message that was admitted. */
	pay(sender: Sender, messages: number, bytes: number): void {
		this.#rates.pay(sender, messages, bytes);
	}

	/** What each draft costs the subject and its channel; for one that is over a limit, its refusal. */
	charge(sender: Sender, subject: string | undefined, drafts: readonly Draft[]): readonly (HoldfastError | undefined)[] {
		return this.#rates.charge(sender, subject, drafts);
	}

	/** @throws HoldfastError `rate_limited` where the subject or the channel is over a limit. */
	chargeOne(sender: Sender, subject: string | undefined, draft: Draft): void {
		const [refusal] = this.#rates.charge(sender, subject, [draft]);
		if (refusal !== undefined) throw refusal;
	}

	/** @throws HoldfastError when the log keeps none of them, `overloaded` when too much waits for it already. */
	async append(drafts: readonly Draft[]): Promise<readonly Receipt[]> {
		let bytes = 0;
		for (const { data } of drafts) bytes += data.length;
		// One alone is let in whatever its size, so that what is allowed as a message can always be published.
		if (this.#pendingBytes > 0 && this.#pendingBytes + bytes > this.#maxPendingBytes) {
			throw new HoldfastError("overloaded", "Too much waits for the log to keep it.", { retryAfter: 1 });
		}
		this.#pendingBytes += bytes;
		const appended = this.#log.append(drafts);
		this.#underWay.add(appended);
		try {
			const receipts = await appended;
			this.#count(drafts, receipts);
			return receipts;
		} catch (error) {
			this.counts.failed += drafts.length;
			throw error;
		} finally {
			this.#underWay.delete(appended);
			this.#pendingBytes -= bytes;
		}
	}

	/** Of data that waits for the log to keep it. */
	get pendingBytes(): number {
		return this.#pendingBytes;
	}

	/** @throws HoldfastError when the log does not keep it. */
	async appendOne(draft: Draft): Promise<Stored> {
		const [receipt] = await this.append([draft]);
		if (receipt === undefined) throw new Error("The log gave no receipt.");
		if ("refused" in receipt) throw new HoldfastError(receipt.refused, receipt.detail);
		return receipt;
	}

	#count(drafts: readonly Draft[], receipts: readonly Receipt[]): void {
		for (const [i, receipt] of receipts.entries()) {
			if ("refused" in receipt) this.counts.refused += 1;
			else if (receipt.known) this.counts.repeated += 1;
			else {
				this.counts.stored += 1;
				this.counts.storedBytes += drafts[i]?.data.length ?? 0;
			}
		}
	}

	/** Waits for what is under way. */
	async settle(): Promise<void> {
		await Promise.allSettled(this.#underWay);
	}
}
