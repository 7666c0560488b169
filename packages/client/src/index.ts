/** The client with every way in. */
import { choose } from "./choose.ts";
import { type About, type Client, type ClientOptions, createClient } from "./client.ts";
import { createFullChannel, type FullChannel } from "./full-channel.ts";
import { keepCursors, type Persist } from "./persist.ts";
import { realEnvironment } from "./real-environment.ts";
import type { ChannelOptions } from "./schema.ts";
import { scopeOf } from "./scope.ts";
import { storeOf } from "./storage.ts";
import { shareTabs } from "./tabs/share.ts";
import { webStage } from "./tabs/stage.ts";
import type { Wish } from "./tabs/worker.ts";
import type { TransportName, Way } from "./way.ts";
import { everyWay } from "./ways/every.ts";

export type { FullChannel as Channel } from "./full-channel.ts";
export * from "./public.ts";
export { realEnvironment } from "./real-environment.ts";

export interface ConnectOptions extends ClientOptions {
	/** The ways in that may be used; all of them unless told otherwise. The best that works is used, and changed for a better one. */
	readonly transports?: readonly TransportName[];
	/** Keeps cursors, so that a reload goes on where the page left. */
	readonly persist?: Persist;
	/**
	 * Whether all tabs of a user share one connection, as they do in browsers unless told otherwise. Where a cookie says who the
	 * user is, name the `user`: this client cannot see such cookies, and must not share a connection that was opened with another.
	 */
	readonly shareTabs?: boolean;
}

export interface Holdfast extends Client {
	channel<T = unknown>(name: string, options?: ChannelOptions<T>): FullChannel<T>;
}

/** `url`: of the server, such as `https://example.com`. Nothing is connected before something is subscribed. */
export function connect(url: string, { persist, ...options }: ConnectOptions = {}): Holdfast {
	return createClient(
		url,
		(about) => wayOf(about, options),
		{ environment: realEnvironment, ...options },
		(session, about) => {
			const host = persist === undefined ? session : keepCursors(persist)(session, about);
			return { channel: <T>(name: string, how?: ChannelOptions<T>) => createFullChannel(host, name, how) };
		},
	);
}

function wayOf(about: About, { transports, shareTabs: share = true }: ConnectOptions): Way {
	const { environment, url, token } = about;
	const store = storeOf(environment, "local");
	const key = `holdfast:${url}`;
	const favourite = { get: () => store.get(key), set: (name: string) => store.set(key, name) };
	const way = choose(everyWay(transports), favourite);
	const stage = share ? (environment.stage ?? webStage()) : undefined;
	// Who has another token, or allows other ways, shares with those who do the same.
	const scope = scopeOf(about, `${typeof token === "function" || token} ${transports}`);
	if (!stage || !scope) return way;
	// A function cannot be told to a worker: then one of the tabs leads.
	const wish = typeof token !== "function" && ({ scope, url, token, transports, favourite: favourite.get() } satisfies Wish);
	const start = async () => wish && (await stage.work?.(`${url}/holdfast-worker.js`, scope, wish));
	return shareTabs({ way, scope, stage, start });
}
