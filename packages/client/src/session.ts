/** What one client holds: its connection, the channels that it follows, and what it publishes. */
import type { Host } from "./channel.ts";
import { type ConnectionEvents, type ConnectionState, createConnection } from "./connection.ts";
import { type Emit, throwUncaught } from "./emitter.ts";
import type { Inquiry } from "./environment.ts";
import { asError, closed, HoldfastError } from "./error.ts";
import { createFeed, type Feed, type ReadPast } from "./feed.ts";
import { ask, type Problem, pathOf } from "./link/request.ts";
import { createOutbox } from "./outbox.ts";
import { createReader } from "./reader.ts";
import { createRetry } from "./retry.ts";
import type { Access, PublishItem, Stored, Way } from "./way.ts";

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
	/** Each ends a request. Not by a signal's listeners, of which there may be more than a leak has in Node's eyes. */
	const requests = new Set<() => void>();
	let isClosed = false;
	const retry = createRetry(environment);
	const box = createOutbox(environment, retry, (item) => send(item), outbox);
	/** Over the link in use where it can, else by POST: both know a message by its idempotency key. */
	const send = async (item: PublishItem) => await (connection.link()?.publish?.(item) ?? post(item));
	const connection = createConnection(way, access, emit as Emit<ConnectionEvents>, retry.hurry);
	const fail = (error: unknown) => {
		if (!emit("error", error)) throwUncaught(error);
	};

	/** One request, which must end in time and with the client. */
	const request = async <T>(path: string, init?: Inquiry): Promise<T> => {
		if (isClosed) throw closed();
		const late = new AbortController();
		const abort = () => {
			// At once: to find a token may take as long as it likes.
			cancel();
			requests.delete(abort);
			late.abort();
		};
		const cancel = environment.after(patience, abort);
		requests.add(abort);
		try {
			return (await (await ask(access, path, { ...init, signal: late.signal })).json()) as T;
		} catch (cause) {
			throw isClosed ? closed() : asError(cause);
		} finally {
			// Nothing is under way any more: this takes the timer away.
			abort();
		}
	};
	const read: Host["read"] = (channel, start, limit) => request(`${pathOf([[channel, { start: () => start }]])}&limit=${limit}`);
	const readPast: ReadPast = (channel, start, over) => retry.run(() => read(channel, start, page), over);

	/** A batch of one is the same item as over the WebSocket. */
	const post = async (item: PublishItem): Promise<Stored> => {
		const init = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify([item]) };
		const [{ id, code, detail }] = await request<[Stored & Problem]>("/v1/messages", init);
		if (id) return { id };
		throw new HoldfastError(code, detail);
	};

	return {
		get state() {
			return connection.state();
		},
		join(channel, start, handlers) {
			const empty = () => {
				feeds.delete(channel);
				connection.leave(channel);
			};
			const feed = feeds.get(channel) ?? createFeed(channel, connection, readPast, empty);
			const reader = createReader(channel, start, { failed: fail, ...handlers }, feed.settle);
			if (isClosed) handlers.ended(closed());
			else {
				feeds.set(channel, feed);
				feed.add(reader);
			}
			return () => feed.remove(reader);
		},
		publish: (item, timeout) => box.put({ idempotencyKey: environment.unique(), ...item }, timeout),
		read,
		fail,
		close() {
			isClosed = true;
			for (const abort of requests) abort();
			for (const feed of feeds.values()) feed.refuse(closed());
			connection.close();
			box.close(closed());
			retry.hurry();
		},
	};
}
