/** Sends one hook what it has not had yet, in order, for as long as it is this node's turn. */
import { createHash } from "node:crypto";
import { type Cursor, formatCursor, parseCursor } from "@holdfast/protocol";
import type { Clock, Random, Timer } from "../clock.ts";
import { diagnostics } from "../diagnostics.ts";
import type { Log, LogPage, Start } from "../log/log.ts";
import { eventsChannel, sentChannel } from "./channels.ts";
import { eventFor } from "./event.ts";
import type { Hook } from "./hook.ts";
import { post } from "./post.ts";
import { retryDelay } from "./retry.ts";
import type { Turn } from "./turn.ts";

/** A batch. */
const batch = { messages: 100, bytes: 256 * 1024 };

export interface SenderParts {
	readonly log: Log;
	readonly clock: Clock;
	readonly random: Random;
	readonly turn: Turn;
}

export class Sender {
	readonly #hook: Hook;
	readonly #parts: SenderParts;
	/** Where it stands, and of which of our turns this is known. */
	#place: Start = "first";
	#turn = -1;
	#running: Promise<void> | undefined;
	/** More has come since it was last looked. */
	#grown = true;
	/** It waits to try again, and how to end that. */
	#rest: { readonly timer: Timer; readonly wake: () => void } | undefined;
	#isGone = false;
	/** Nothing more is tried; once it has ended, nothing more is begun. */
	#isClosing = false;
	#hasEnded = false;
	#request: AbortController | undefined;

	constructor(hook: Hook, parts: SenderParts) {
		this.#hook = hook;
		this.#parts = parts;
	}

	/** Nothing is left to be sent, or may be. */
	get isIdle(): boolean {
		return this.#isGone || (this.#running === undefined && !this.#grown);
	}

	grew(): void {
		this.#grown = true;
	}

	/** Finds out whether something waits to be sent, by whomever. */
	async look(): Promise<void> {
		if (this.#isGone || this.#running !== undefined) return;
		this.#grown = false;
		try {
			const { gap, messages } = await this.#read(await this.#kept(), { messages: 1, bytes: 1 });
			if (gap !== undefined || messages.length > 0) this.#grown = true;
		} catch (error) {
			this.#grown = true;
			throw error;
		}
	}

	run(): void {
		if (this.#isGone || this.#isClosing || this.#running !== undefined) return;
		this.#running = this.#sendAll()
			.catch((error: unknown) => {
				this.#grown = true;
				if (!this.#isClosing) diagnostics.fault.tell({ during: "webhooks", error });
			})
			.finally(() => {
				this.#running = undefined;
			});
	}

	/** Ends within `time` milliseconds: what is being sent may be answered, and nothing is tried again. */
	async close(time: number): Promise<void> {
		this.#isClosing = true;
		this.#rest?.wake();
		const timer = this.#parts.clock.after(time, () => {
			this.#hasEnded = true;
			this.#request?.abort();
		});
		await this.#running;
		timer.cancel();
	}

	async #sendAll(): Promise<void> {
		const { turn } = this.#parts;
		if (this.#turn !== turn.count) {
			// Another node may have sent meanwhile.
			const { count } = turn;
			this.#place = await this.#kept();
			this.#turn = count;
		}
		let skipped = false;
		for (let more = true; more; ) {
			this.#grown = false;
			const page = await this.#read(this.#place, batch);
			const sent = await this.#send(page);
			if (sent === "not sent") {
				this.#grown = true;
				return;
			}
			this.#place = page.next;
			skipped = sent === "nothing to send" && (skipped || page.messages.length > 0);
			if (sent === "sent") await this.#keep(page.next);
			more = page.more || this.#grown;
		}
		if (skipped) await this.#keep(this.#place as Cursor);
	}

	/** One page as one batch, until it is taken. */
	async #send(page: LogPage): Promise<"sent" | "not sent" | "nothing to send"> {
		const { clock, random, turn } = this.#parts;
		const hook = this.#hook;
		const events = page.messages.map((message) => eventFor(hook, message)).filter((event) => event !== undefined);
		if (page.gap !== undefined) events.unshift(this.#gapOf(page));
		if (events.length === 0) return "nothing to send";
		const body = `{"events":[${events.join(",")}]}`;
		const id = batchId(hook, page);
		for (let attempts = 0; ; attempts++) {
			if (!(await turn.take()) || turn.count !== this.#turn || this.#hasEnded) return "not sent";
			this.#request = new AbortController();
			const { outcome, detail, retryAfter } = await post(hook, id, body, clock, this.#request);
			if (outcome === "taken") return "sent";
			if (outcome === "gone") {
				this.#isGone = true;
				diagnostics.webhook.tell({ hook: hook.name, what: "stopped", detail: "answered 410; it is left alone until a restart" });
				return "not sent";
			}
			if (this.#isClosing) return "not sent";
			const delay = retryDelay(attempts, random, retryAfter);
			diagnostics.webhook.tell({ hook: hook.name, what: "failed", detail: `${detail}; again in ${Math.round(delay / 1000)} s` });
			await this.#sleep(delay);
			if (this.#isClosing) return "not sent";
		}
	}

	#gapOf({ after, gap }: LogPage): string {
		const reason = gap?.reason ?? "unknown";
		const told = { type: "gap", after: formatCursor(after), next: formatCursor(gap?.next ?? after), reason };
		diagnostics.webhook.tell({ hook: this.#hook.name, what: "gap", detail: `events are gone before they were sent: ${reason}` });
		return JSON.stringify(told);
	}

	#sleep(ms: number): Promise<void> {
		return new Promise((resolve) => {
			const wake = () => {
				this.#rest?.timer.cancel();
				this.#rest = undefined;
				resolve();
			};
			this.#rest = { timer: this.#parts.clock.after(ms, wake), wake };
		});
	}

	#read(place: Start, limit: typeof batch): Promise<LogPage> {
		return this.#parts.log.read(eventsChannel, place, limit);
	}

	/** Where the log says that it stands. Its place falls to its age, and then whatever is kept of the events is newer than it. */
	async #kept(): Promise<Start> {
		const { messages } = await this.#parts.log.read(sentChannel(this.#hook.id), { last: 1 }, { messages: 1, bytes: 1 });
		const text = messages[0] === undefined ? undefined : (JSON.parse(messages[0].data) as unknown);
		return (typeof text === "string" ? parseCursor(text) : undefined) ?? "first";
	}

	/** Not once the turn is another's, whose place is newer. */
	async #keep(place: Cursor): Promise<void> {
		if (this.#parts.turn.isMine) await this.#parts.log.append([placeDraft(this.#hook, place)]);
	}
}

/** A hook that the log does not know yet is sent what happens from now on. */
export async function begin(hook: Hook, log: Log): Promise<void> {
	const { head } = await log.describe(sentChannel(hook.id));
	if (head.offset > 0) return;
	const { next } = await log.read(eventsChannel, "now", { messages: 1, bytes: 1 });
	// Of several nodes that begin together the first one says where.
	await log.append([{ ...placeDraft(hook, next), idempotencyKey: "begin" }]);
}

function placeDraft({ id }: Hook, place: Cursor) {
	return { channel: sentChannel(id), data: JSON.stringify(formatCursor(place)) };
}

/** The same for the same events, whoever sends them; another for any others, so that a receiver may leave out what it has had. */
function batchId({ id }: Hook, { after, next }: LogPage): string {
	const hash = createHash("sha256").update(`${id} ${formatCursor(after)} ${formatCursor(next)}`);
	return `msg_${hash.digest("hex").slice(0, 32)}`;
}
