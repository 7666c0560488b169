/** What one client holds: its connection, the channels that it follows, and what it publishes. */
import { parseCursor } from "@holdfast/protocol";
import type { Host } from "./channel.ts";
import { type ConnectionEvents, type ConnectionState, createConnection } from "./connection.ts";
import type { Emit } from "./emitter.ts";
import { closed } from "./error.ts";
import { createFeed, type Feed, type ReadPast } from "./feed.ts";
import { ask, post } from "./link/request.ts";
import { createOutbox } from "./outbox.ts";
import { createReader } from "./reader.ts";
import { createRetry } from "./retry.ts";
import type { Access, PollAnswer, Way } from "./way.ts";

export interface SessionEvents extends ConnectionEvents {
	/** A subscription was refused, a handler threw, a message does not fit. Where nobody listens it is thrown, uncaught. */
	error: [error: unknown];
}

export interface Session extends Host {
	readonly state: ConnectionState;
	close(): void;
}

/** Milliseconds that a request may take before it is tried again. */
const patience = 15_000;
/** Most messages that a reader who is behind asks for at once: as many as it has room for. */
const page = 250;

/** `outbox`: messages that may wait to be published. */
export function createSession(access: Access, way: Way, outbox: number, emit: Emit<SessionEvents>): Session {
	const { environment } = access;
	const feeds = new Map<string, Feed>();
	const closing = new AbortController();
	const retry = createRetry(environment);
	const box = createOutbox(environment, retry, (item) => send(item), outbox);
	const connection = createConnection(
		way,
		access,
		(name, ...told) => {
			if (name === "transport") retry.hurry();
			return (emit as Emit<ConnectionEvents>)(name, ...told);
		},
		retry.hurry,
	);
	const isClosed = () => closing.signal.aborted;
	const fail = (error: unknown) => {
		if (emit("error", error)) return;
		queueMicrotask(() => {
			throw error;
		});
	};

	/** One request, which must end in time and with the client. */
	const within = async <T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> => {
		const late = new AbortController();
		const abort = () => {
			// At once: to find a token may take as long as it likes.
			cancel();
			late.abort();
		};
		const cancel = environment.after(patience, abort);
		closing.signal.addEventListener("abort", abort, late);
		try {
			return await run(late.signal);
		} finally {
			// Nothing is under way any more: this takes the timer and the listener away.
			abort();
		}
	};
	const read = (channel: string, start: string, limit: number) =>
		within(async (signal) => {
			const response = await ask(access, `/v1/messages?from=${channel}:${start}&limit=${limit}`, { signal });
			return (await response.json()) as PollAnswer;
		});
	const readPast: ReadPast = (channel, start, over) => retry.run(() => read(channel, start, page), over);
	/** Over the link in use where it can, else by POST: both know a message by its idempotency key. */
	const send: Parameters<typeof createOutbox>[2] = async (item) =>
		await (connection.link?.publish?.(item) ?? within((signal) => post(access, item, signal)));

	return {
		get state() {
			return connection.state;
		},
		join(channel, start, handlers) {
			const feed = feeds.get(channel) ?? createFeed(channel, connection, readPast, () => feeds.delete(channel));
			const failed = handlers.failed ?? fail;
			const reader = createReader(channel, parseCursor(start) ?? (start || "now"), { ...handlers, failed }, feed.settle);
			if (isClosed()) handlers.ended(closed());
			else {
				feeds.set(channel, feed);
				feed.add(reader, (error) => handlers.ended(Object.assign(error, { channel })));
			}
			return () => feed.remove(reader);
		},
		async publish(item, timeout) {
			if (isClosed()) throw closed();
			const idempotencyKey = environment.unique();
			return await box.put({ idempotencyKey, ...item }, timeout);
		},
		read,
		fail,
		close() {
			closing.abort();
			for (const feed of feeds.values()) feed.refuse(closed());
			connection.close();
			box.close(closed());
			retry.hurry();
		},
	};
}
