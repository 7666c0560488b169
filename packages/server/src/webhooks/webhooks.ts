/** WHO IS TOLD. What happens here is kept in the log, and one node at a time sends it to those who asked for it. */
import type { Clock, Random, Timer } from "../clock.ts";
import { diagnostics } from "../diagnostics.ts";
import type { Draft, Log, Receipt, Unwatch } from "../log/log.ts";
import { eventsChannel } from "./channels.ts";
import { makeHooks, type WebhookOptions } from "./hook.ts";
import { Presence } from "./presence.ts";
import { Recorder } from "./recorder.ts";
import { begin, Sender } from "./sender.ts";
import { Turn, turnLength } from "./turn.ts";

export interface WebhooksParts {
	/** Names this node in events and turns. */
	readonly node: string;
	readonly log: Log;
	readonly clock: Clock;
	readonly random: Random;
}

export interface ToldConnection {
	readonly id: string;
	readonly transport: string;
	readonly address?: string | undefined;
	readonly subject?: string | undefined;
}

export class Webhooks {
	readonly #parts: WebhooksParts;
	readonly #recorder: Recorder;
	readonly #presence: Presence;
	readonly #turn: Turn;
	readonly #senders: readonly Sender[];
	readonly #unwatch: Unwatch;
	readonly #begin: () => Promise<void>;
	#begun: Promise<void> | undefined;
	#looking: Promise<void> | undefined;
	#timer: Timer | undefined;
	#isClosed = false;

	/** @throws HoldfastError `bad_request` naming the webhook and what is wrong with it. */
	constructor(list: readonly WebhookOptions[], parts: WebhooksParts) {
		const { log, clock, node } = parts;
		const hooks = makeHooks(list);
		this.#parts = parts;
		this.#turn = new Turn(log, clock, node);
		this.#senders = hooks.map((hook) => new Sender(hook, { ...parts, turn: this.#turn }));
		this.#begin = async () => void (await Promise.all(hooks.map((hook) => begin(hook, log))));
		this.#recorder = new Recorder({ log, clock, hooks, ready: () => this.#ready() });
		this.#presence = new Presence(clock, (type, channel) => {
			this.#recorder.note({ type, channel, time: clock.now(), node });
		});
		this.#unwatch = log.watch(eventsChannel, () => {
			for (const sender of this.#senders) {
				sender.grew();
				if (this.#turn.isMine) sender.run();
			}
			this.#look();
		});
		this.#look();
	}

	/** The log's own `append`, for what is published. */
	append(drafts: readonly Draft[]): Promise<readonly Receipt[]> {
		return this.#recorder.append(drafts);
	}

	/** A reader of a channel came, or left. */
	get readers(): { came(channel: string): void; left(channel: string): void } {
		return this.#presence;
	}

	opened(connection: ToldConnection): void {
		this.#noteConnection("connection.opened", connection);
	}

	closed(connection: ToldConnection): void {
		this.#noteConnection("connection.closed", connection);
	}

	/** Within `time` milliseconds: what happened is kept, and what is being sent may be answered. */
	async close(time: number): Promise<void> {
		const { clock } = this.#parts;
		const end = clock.now() + time;
		this.#presence.close();
		await this.#recorder.close();
		this.#isClosed = true;
		this.#unwatch();
		this.#timer?.cancel();
		await this.#looking;
		await Promise.all(this.#senders.map((sender) => sender.close(Math.max(0, end - clock.now()))));
	}

	#noteConnection(type: "connection.opened" | "connection.closed", { id, transport, address, subject }: ToldConnection): void {
		// One request after another is no connection that stays.
		if (transport === "longPoll") return;
		const { clock, node } = this.#parts;
		this.#recorder.note({ type, id, transport, address, subject, time: clock.now(), node });
	}

	/** A failure is tried again by whoever asks next. */
	#ready(): Promise<void> {
		this.#begun ??= this.#begin().catch((error: unknown) => {
			this.#begun = undefined;
			throw error;
		});
		return this.#begun;
	}

	#look(): void {
		if (this.#isClosed) return;
		this.#looking ??= this.#lookOnce()
			.catch((error: unknown) => diagnostics.fault.tell({ during: "webhooks", error }))
			.finally(() => {
				this.#looking = undefined;
				// Also while all is being sent, so that the turn stays ours: within each half of it, however busy the process is.
				if (this.#isClosed || this.#senders.every(({ isIdle }) => isIdle)) return;
				this.#timer?.cancel();
				this.#timer = this.#parts.clock.after(turnLength / 4, () => this.#look());
			});
	}

	async #lookOnce(): Promise<void> {
		await this.#ready();
		if (await this.#turn.take()) {
			for (const sender of this.#senders) if (!sender.isIdle) sender.run();
		} else if (!this.#turn.isMine) {
			await Promise.all(this.#senders.map((sender) => sender.look()));
		}
	}
}
