/** Appends what happened to the log of events. */
import type { Clock, Timer } from "../clock.ts";
import { diagnostics } from "../diagnostics.ts";
import type { Draft, Log, Receipt } from "../log/log.ts";
import { draftOf, type Happened, publishedDraft } from "./event.ts";
import type { Hook } from "./hook.ts";

/** Before what came meanwhile is appended in one go, in milliseconds. */
const gathering = 100;
const retryDelay = 1000;

/** Events that nobody waits for and that the log has not taken; more are dropped, and that is told. */
const mostWaiting = 10_000;
const mostAtOnce = 500;

export interface RecorderParts {
	readonly log: Log;
	readonly clock: Clock;
	readonly hooks: readonly Hook[];
	/** Each hook has a place to begin at: what is appended from then on is sent. */
	ready(): Promise<void>;
}

export class Recorder {
	readonly #parts: RecorderParts;
	readonly #withData: boolean;
	readonly #withMessages: boolean;
	#waiting: Happened[] = [];
	#dropped = 0;
	#timer: Timer | undefined;
	#flushing: Promise<void> | undefined;
	#isClosed = false;

	constructor(parts: RecorderParts) {
		this.#parts = parts;
		this.#withData = parts.hooks.some(({ data }) => data);
		this.#withMessages = this.#isWanted("message.published");
	}

	/** As the log's own, with an event for each message that is kept, before it is answered. */
	async append(drafts: readonly Draft[]): Promise<readonly Receipt[]> {
		const { log, ready } = this.#parts;
		if (!this.#withMessages) return log.append(drafts);
		await ready();
		const receipts = await log.append(drafts);
		const events = drafts.flatMap((draft, i) => {
			const receipt = receipts[i];
			if (receipt === undefined || "refused" in receipt || !this.#isWanted("message.published", draft.channel)) return [];
			return [publishedDraft(draft, receipt, this.#withData)];
		});
		if (events.length > 0) await log.append(events);
		return receipts;
	}

	/** Nobody waits for it. */
	note(happened: Happened): void {
		if (this.#isClosed || !this.#isWanted(happened.type, happened.channel)) return;
		if (this.#waiting.length >= mostWaiting) this.#dropped++;
		else this.#waiting.push(happened);
		this.#timer ??= this.#parts.clock.after(gathering, () => void this.#flush());
	}

	/** Appends what waits, once. */
	async close(): Promise<void> {
		this.#isClosed = true;
		await this.#flushing;
		await this.#flush();
		this.#timer?.cancel();
	}

	async #flush(): Promise<void> {
		this.#timer?.cancel();
		this.#timer = undefined;
		this.#flushing ??= this.#appendWaiting().finally(() => {
			this.#flushing = undefined;
		});
		await this.#flushing;
	}

	async #appendWaiting(): Promise<void> {
		const { log, clock, ready } = this.#parts;
		try {
			await ready();
			while (this.#waiting.length > 0) {
				const some = this.#waiting.slice(0, mostAtOnce);
				await log.append(some.map(draftOf));
				this.#waiting = this.#waiting.slice(some.length);
			}
			if (this.#dropped > 0) await this.#tellDropped();
		} catch (error) {
			diagnostics.fault.tell({ during: "webhooks", error });
			if (!this.#isClosed) this.#timer ??= clock.after(retryDelay, () => void this.#flush());
		}
	}

	async #tellDropped(): Promise<void> {
		const events = this.#dropped;
		await this.#parts.log.append([draftOf({ type: "gap", reason: "overload", events })]);
		this.#dropped -= events;
		diagnostics.webhook.tell({
			hook: "all",
			what: "gap",
			detail: `${events} events were dropped while the log did not take them`,
		});
	}

	#isWanted(type: string, channel?: string): boolean {
		return this.#parts.hooks.some((hook) => hook.wants(type, channel));
	}
}
