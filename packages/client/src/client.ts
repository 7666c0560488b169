import { type Channel, type ChannelOptions, createChannel, type Host } from "./channel.ts";
import type { ConnectionState } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import { type Environment, realEnvironment } from "./environment.ts";
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
export interface Holdfast {
	readonly state: ConnectionState;
	/** Returns what ends the listening. */
	on<Name extends keyof SessionEvents>(name: Name, listener: (...told: SessionEvents[Name]) => void): () => void;
	channel<T = unknown>(name: string, options?: ChannelOptions<T>): Channel<T>;
	/** Ends all subscriptions and gives up what waits to be published. Leaves no connection, timer or listener. */
	close(): void;
}

/** What is put between the channels and the session that serves them. */
export type Layer = (host: Host, about: About) => Host;

export interface About {
	readonly environment: Environment;
	/** Names the server and the user; undefined where the user is not known. */
	readonly scope: readonly string[] | undefined;
}

export function createClient(url: string, wayFor: (about: About) => Way, options: ClientOptions, keep?: Layer): Holdfast {
	const { token, user, outbox = 1000, environment = realEnvironment } = options;
	const base = url.replace(/\/+$/, "");
	const dynamic = typeof token === "function";
	const about = { environment, scope: dynamic && user === undefined ? undefined : [base, user ?? String(token)] };
	const emitter = new Emitter<SessionEvents>();
	const access = { url: base, environment, token: async () => (dynamic ? await token() : token) };
	const session = createSession(access, wayFor(about), outbox, (name, ...told) => emitter.emit(name, ...told));
	const host = keep === undefined ? session : keep(session, about);
	return {
		get state() {
			return session.state;
		},
		on: (name, listener) => emitter.on(name, listener),
		channel: (name, channelOptions = {}) => createChannel(host, name, channelOptions),
		close: session.close,
	};
}
