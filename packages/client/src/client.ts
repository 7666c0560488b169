import { Channel, type ChannelOptions } from "./channel.ts";
import type { ConnectionState } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import { type Environment, realEnvironment } from "./environment.ts";
import type { Keep } from "./persist.ts";
import { Session, type SessionEvents } from "./session.ts";
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
export class Holdfast {
	readonly #session: Session;
	readonly #emitter = new Emitter<SessionEvents>();

	/** `ways`: best first. `keep`: keeps cursors, so that a reload goes on where the page left. */
	constructor(url: string, ways: readonly Way[], options: ClientOptions, keep: Keep | undefined) {
		const { token, user, outbox = 1000, environment = realEnvironment } = options;
		const base = url.replace(/\/+$/, "");
		const dynamic = typeof token === "function";
		const access = { url: base, environment, token: async () => (dynamic ? await token() : token) };
		const scope = dynamic && user === undefined ? undefined : [base, user ?? String(token)];
		const session = { access, ways, scope, keep, outbox };
		this.#session = new Session(session, (name, ...told) => this.#emitter.emit(name, ...told));
	}

	get state(): ConnectionState {
		return this.#session.state;
	}

	/** Returns what ends the listening. */
	on<Name extends keyof SessionEvents>(name: Name, listener: (...told: SessionEvents[Name]) => void): () => void {
		return this.#emitter.on(name, listener);
	}

	channel<T = unknown>(name: string, options: ChannelOptions<T> = {}): Channel<T> {
		return new Channel(this.#session, name, options);
	}

	/** Ends all subscriptions and gives up what waits to be published. Leaves no connection, timer or listener. */
	close(): void {
		this.#session.close();
	}
}
