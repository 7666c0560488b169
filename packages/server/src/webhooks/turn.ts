import type { Clock } from "../clock.ts";
import type { Log } from "../log/log.ts";
import { turnChannel } from "./channels.ts";

/** Of a turn, in milliseconds: so long, and once more, nothing is sent when the node that sends has died. */
export const turnLength = 5000;

/**
 * One node at a time sends: the one whose claim to a period of time, an append with the period's number as its idempotency key,
 * was the first. Whoever sends claims the next period half a period early, so that nobody else gets it while it lives.
 */
export class Turn {
	readonly #log: Log;
	readonly #clock: Clock;
	readonly #node: string;
	/** The end of what is ours, in milliseconds since 1970. */
	#until = 0;
	/** The newest period that is another's. */
	#others = -1;
	#taking: Promise<boolean> | undefined;
	/** Counts the turns: what another may have done between two of them must be looked up. */
	count = 0;

	constructor(log: Log, clock: Clock, node: string) {
		this.#log = log;
		this.#clock = clock;
		this.#node = node;
	}

	get isMine(): boolean {
		return this.#clock.now() < this.#until;
	}

	/**
	 * Whether it is ours, for half a period at least.
	 *
	 * @throws HoldfastError `store_unavailable`.
	 */
	take(): Promise<boolean> {
		this.#taking ??= this.#take().finally(() => {
			this.#taking = undefined;
		});
		return this.#taking;
	}

	async #take(): Promise<boolean> {
		const now = this.#clock.now();
		if (now >= this.#until) {
			const period = Math.floor(now / turnLength);
			if (!(await this.#claim(period))) return false;
			this.#until = (period + 1) * turnLength;
			this.count++;
		}
		if (this.#until - now >= turnLength / 2) return true;
		if (!(await this.#claim(this.#until / turnLength))) return false;
		this.#until += turnLength;
		return true;
	}

	async #claim(period: number): Promise<boolean> {
		if (period <= this.#others) return false;
		const data = JSON.stringify(this.#node);
		const [receipt] = await this.#log.append([{ channel: turnChannel, data, idempotencyKey: String(period) }]);
		const isOurs = receipt !== undefined && !("refused" in receipt);
		if (!isOurs) this.#others = period;
		return isOurs;
	}
}
