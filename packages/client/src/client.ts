import type { Host } from "./channel.ts";
import type { ConnectionState } from "./connection.ts";
import { createEmitter, type On } from "./emitter.ts";
import { type Environment, webEnvironment } from "./environment.ts";
import { createSession, type SessionEvents } from "./session.ts";
import type { Way } from "./way.ts";

export interface ClientOptions {
	/** Sent as `Authorization: Bearer`, or as the WebSocket's first words. A function is asked at each connection and request. */
	readonly token?: string | (() => string | Promise<string>);
	/** Who uses this client, where the token does not say it: cursors and connections are never shared between users. */
	readonly user?: string;
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
	/** Ends all subscriptions and gives up what waits to be published. Leaves no connection, timer or listener. */
	close(): void;
}

/** What is put between the channels and the session that serves them. */
export type Layer = (host: Host, about: About) => Host;

/** Whose client it is. */
export interface About extends ClientOptions {
	readonly environment: Environment;
	readonly url: string;
}

/** `more`: what there is to be besides. */
export function createClient<More>(
	url: string,
	wayFor: (about: About) => Way,
	options: ClientOptions,
	more: (host: Host, about: About) => More,
): Client & More {
	const about = { environment: webEnvironment, ...options, url: url.replace(/\/+$/, "") };
	const { token } = options;
	const { on, emit } = createEmitter<SessionEvents>();
	const access = { ...about, token: async () => (typeof token === "function" ? token() : token) };
	const session = createSession(access, wayFor(about), options.outbox ?? 1000, emit);
	const client: Client = {
		get state() {
			return session.state;
		},
		on,
		close: session.close,
	};
	return Object.assign(client, more(session, about));
}
