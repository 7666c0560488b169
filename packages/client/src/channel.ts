import type { HoldfastError } from "./error.ts";
import { type Gap, type Message, unwrap, wrap } from "./message.ts";
import type { Handlers } from "./reader.ts";
import type { PollAnswer, PublishItem, Stored } from "./way.ts";

/** Where to begin. Without any of it: where the page left, if cursors are kept, else with whatever comes next. */
export interface StartOptions {
	/** A cursor (the id of the last message that you have), `first` for the oldest kept, or `now`. */
	readonly after?: string | undefined;
	/** The newest so many, 1–1000, and then what comes. */
	readonly last?: number | undefined;
}

export interface SubscribeOptions extends StartOptions {
	/** Told, in order with the messages, that messages are gone. */
	readonly onGap?: (gap: Gap) => void;
	/** Told once where it begins: what is published from now on will come. */
	readonly onBegin?: (cursor: string) => void;
	/** Told when the subscription has ended, and why: the server refuses the channel, or the client was closed. */
	readonly onEnd?: (error: HoldfastError) => void;
}

export interface PublishOptions {
	/** A name for the kind of message, 1–255 bytes. */
	readonly event?: string;
	/** For channels that keep the newest message a key, 1–255 bytes. */
	readonly key?: string;
	/** The same key on the same channel stores once. One of its own is made for each call that gives none. */
	readonly idempotencyKey?: string;
	/**
	 * Milliseconds after which it is given up. The default, 9 minutes, is as long as trying again is safe: the server
	 * remembers an idempotency key for 10.
	 */
	readonly timeout?: number;
}

/** Who does not say what becomes of errors leaves them to the client. */
export type Join = Omit<Handlers, "failed"> & Partial<Handlers>;

/** What a channel needs of its client. */
export interface Host {
	/** Begins to read; returns what ends it. */
	join(channel: string, start: string, handlers: Join): () => void;
	/** The item gets an idempotency key if it has none. */
	publish(item: Omit<PublishItem, "idempotencyKey"> & Partial<PublishItem>, timeout: number): Promise<Stored>;
	read(channel: string, start: string, limit: number): Promise<PollAnswer>;
	fail(error: unknown): void;
}

/** One channel, and what is done with it. It holds nothing until something is subscribed. */
export interface Channel<T = unknown> {
	readonly name: string;
	/**
	 * Hands each message on, in order. `onMessage` may return a promise: the next message waits for it, and the cursor moves
	 * only after it. If it throws, the client tells that as an `error`, and goes on with the next message.
	 */
	subscribe(onMessage: (message: Message<T>) => unknown, options?: SubscribeOptions): () => void;
	/**
	 * Publishes JSON data, or bytes as a Uint8Array; while there is no connection it waits, in order with what was published
	 * before. Resolves when it is stored.
	 *
	 * @throws HoldfastError with the server's code where it is refused; `timed_out` or `closed` where it was given up, and may
	 * or may not be stored; `outbox_full` where too much is waiting.
	 */
	publish(data: T, options?: PublishOptions): Promise<Stored>;
}

const givenUp = 9 * 60_000;

export function createChannel<T>(host: Host, name: string): Channel<T> {
	return {
		name,
		subscribe(onMessage, options = {}) {
			const { onGap, onBegin, onEnd } = options;
			return host.join(name, startOf(options), {
				message: (message) => onMessage(unwrap(message) as Message<T>),
				gap: onGap,
				begun: onBegin,
				ended(error) {
					if (onEnd) onEnd(error);
					// To be closed is what was asked for; anything else must not pass in silence.
					else if (error.code !== "closed") host.fail(error);
				},
			});
		},
		publish: (data, { timeout = givenUp, ...labels } = {}) => host.publish({ channel: name, ...wrap(data), ...labels }, timeout),
	};
}

/** Empty where it is not said. */
export function startOf({ after, last }: StartOptions): string {
	return after ?? (last ? `last.${last}` : "");
}
