/** What one client holds: its connection, the channels that it follows, what it publishes, and its cursors. */
import { formatCursor, parseCursor } from "@holdfast/protocol";
import type { Ended, Host } from "./channel.ts";
import { Connection, type ConnectionEvents, type ConnectionState } from "./connection.ts";
import { type Emit, throwUncaught } from "./emitter.ts";
import type { Environment } from "./environment.ts";
import { HoldfastError } from "./error.ts";
import { Feed, type Member } from "./feed.ts";
import { ask, post } from "./link/request.ts";
import type { WireMessage } from "./message.ts";
import { Outbox } from "./outbox.ts";
import type { Keep, Keeper } from "./persist.ts";
import { type Handlers, Subscription } from "./subscription.ts";
import type { Access, PublishItem, Stored, Way } from "./way.ts";

export interface SessionOptions {
	readonly access: Access;
	/** Best first. */
	readonly ways: readonly Way[];
	/** Names the server and the user; undefined where the user is not known. */
	readonly scope: readonly string[] | undefined;
	readonly keep: Keep | undefined;
	/** Messages that may wait to be published. */
	readonly outbox: number;
}

export interface SessionEvents extends ConnectionEvents {
	/** A subscription was refused, a handler threw, a message does not fit. Where nobody listens it is thrown, uncaught. */
	error: [error: unknown];
}

/** Milliseconds that a POST may take before it is tried again. */
const postTime = 15_000;

export class Session implements Host {
	readonly environment: Environment;
	readonly #access: Access;
	readonly #emit: Emit<SessionEvents>;
	readonly #connection: Connection;
	readonly #outbox: Outbox;
	readonly #keeper: Keeper | undefined;
	readonly #feeds = new Map<string, Feed>();
	readonly #closing = new AbortController();
	readonly #unhint: () => void;

	constructor({ access, ways, scope, keep, outbox }: SessionOptions, emit: Emit<SessionEvents>) {
		const { environment, url } = access;
		this.environment = environment;
		this.#access = access;
		this.#emit = emit;
		this.#keeper = keep?.(environment, scope);
		this.#outbox = new Outbox(environment, (item) => this.#send(item), outbox);
		const memory = environment.store("local");
		const favourite = `holdfast:way:${url}`;
		this.#connection = new Connection(
			ways,
			memory.get(favourite),
			access,
			(channel) => this.#feeds.get(channel),
			(name, ...told) => {
				if (name === "transport") {
					memory.set(favourite, told[0]);
					this.#outbox.hurry();
				}
				return (emit as Emit<ConnectionEvents>)(name, ...told);
			},
		);
		this.#unhint = environment.hints((hint) => {
			if (hint === "hide") return this.#keeper?.flush();
			this.#connection.wake();
			this.#outbox.hurry();
		});
	}

	get state(): ConnectionState {
		return this.#connection.state;
	}

	join(channel: string, start: string | undefined, handlers: Omit<Handlers, "hungry" | "failed">, end: Ended): () => void {
		const feed = this.#feeds.get(channel) ?? new Feed(channel, this.#connection);
		const from = start ?? this.#keeper?.get(channel) ?? "now";
		const keep = () => {
			const { handled } = feed;
			if (handled !== undefined) this.#keeper?.set(channel, formatCursor(handled));
		};
		const subscription = new Subscription(channel, parseCursor(from) ?? from, {
			...handlers,
			begun: (cursor) => {
				keep();
				handlers.begun?.(cursor);
			},
			moved: keep,
			failed: (error) => this.fail(error),
			hungry: () => feed.hungry(),
		});
		const forget = () => {
			if (this.#feeds.get(channel) === feed) this.#feeds.delete(channel);
		};
		const member: Member = {
			subscription,
			refused: ({ code, message, cause }) => {
				forget();
				end(new HoldfastError(code, message, { cause, channel }));
			},
		};
		if (this.#closing.signal.aborted) end(closed());
		else {
			this.#feeds.set(channel, feed);
			feed.add(member);
		}
		return () => {
			if (feed.remove(member)) forget();
			// It may have been the one furthest behind.
			else keep();
		};
	}

	async publish(item: PublishItem, timeout: number): Promise<Stored> {
		if (this.#closing.signal.aborted) throw closed();
		return await this.#outbox.put(item, timeout);
	}

	async read(channel: string, start: string, limit: number): Promise<WireMessage[]> {
		const { signal } = this.#closing;
		const response = await ask(this.#access, `/v1/messages?from=${channel}:${start}&limit=${limit}`, { signal });
		return ((await response.json()) as { messages: WireMessage[] }).messages;
	}

	fail(error: unknown): void {
		if (!this.#emit("error", error)) throwUncaught(error);
	}

	close(): void {
		this.#closing.abort();
		this.#unhint();
		for (const feed of this.#feeds.values()) feed.refuse(closed());
		this.#connection.close();
		this.#outbox.close(closed());
		this.#keeper?.flush();
	}

	/** Over the link in use where it can, else by POST: both know a message by its idempotency key. */
	async #send(item: PublishItem): Promise<Stored> {
		const { link } = this.#connection;
		if (link?.publish !== undefined) return await link.publish(item);
		const { signal } = this.#closing;
		const late = new AbortController();
		const abort = () => {
			// At once: to find a token may take as long as it likes.
			cancel();
			late.abort();
		};
		const cancel = this.environment.after(postTime, abort);
		signal.addEventListener("abort", abort, late);
		try {
			return await post(this.#access, item, late.signal);
		} finally {
			// Nothing is under way any more: this takes the timer and the listener away.
			abort();
		}
	}
}

function closed(): HoldfastError {
	return new HoldfastError("closed", "The client was closed.");
}
