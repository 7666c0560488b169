import { type Accept, type Channel, createChannel, type Host } from "./channel.ts";
import type { ConnectionState } from "./connection.ts";
import { createEmitter, type On } from "./emitter.ts";
import { type Environment, realEnvironment } from "./environment.ts";
import type { Message } from "./message.ts";
import { createSession, type SessionEvents } from "./session.ts";
import type { Way } from "./way.ts";

export interface ClientOptions {
	/** Sent as `Authorization: Bearer`, or as the WebSocket's first words. A function is asked at each connection and request. */
	readonly token?: string | (() => string | Promise<string>) | undefined;
	/** Who uses this client, where the token does not say it: cursors and connections are never shared between users. */
	readonly user?: string | undefined;
	/** Messages that may wait to be published; 1000 unless told otherwise. */
	readonly outbox?: number;
	/** Time, chance, network and page; the real ones unless a test gives others. */
	readonly environment?: Environment;
}

/** A client of one server, for one user: all its channels share one connection. */
export interface Client {
	readonly state: ConnectionState;
	/** Returns what ends the listening. */
	readonly on: On<SessionEvents>;
	/** `accept`: `fitting(…)` of `@holdfast/client/schema`. */
	channel<T = unknown>(name: string, accept?: Accept<T>): Channel<T>;
	/** Ends all subscriptions and gives up what waits to be published. Leaves no connection, timer or listener. */
	close(): void;
}

/** What is put between the channels and the session that serves them. */
export type Layer = (host: Host, about: About) => Host;

export interface About extends Pick<ClientOptions, "token" | "user"> {
	readonly environment: Environment;
	readonly url: string;
}

export function createClient(
	url: string,
	wayFor: (about: About) => Way,
	{ token, user, outbox = 1000, environment = realEnvironment }: ClientOptions,
	keep: Layer = (host) => host,
): Client {
	const base = url.replace(/\/+$/, "");
	const about = { environment, url: base, token, user };
	const { on, emit } = createEmitter<SessionEvents>();
	const access = { url: base, environment, token: async () => (typeof token === "function" ? token() : token) };
	const session = createSession(access, wayFor(about), outbox, emit);
	const host = keep(session, about);
	return {
		get state() {
			return session.state;
		},
		on,
		channel: <T>(name: string, accept: Accept<T> = (message, take) => take(message as Message<T>)) =>
			createChannel(host, name, accept),
		close: session.close,
	};
}
