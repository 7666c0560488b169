/** The client with every way in. */
import { choose } from "./choose.ts";
import { type About, type Client, type ClientOptions, createClient } from "./client.ts";
import { createFullChannel, type FullChannel } from "./full-channel.ts";
import { keepCursors, type Persist } from "./persist.ts";
import { realEnvironment } from "./real-environment.ts";
import type { ChannelOptions } from "./schema.ts";
import { storeOf } from "./storage.ts";
import type { TransportName, Way } from "./way.ts";
import { longPoll } from "./ways/long-poll.ts";
import { shortPoll } from "./ways/short-poll.ts";
import { sse } from "./ways/sse.ts";
import { websocket } from "./ways/websocket.ts";

export type { FullChannel as Channel } from "./full-channel.ts";
export * from "./public.ts";
export { realEnvironment } from "./real-environment.ts";

const ways: readonly (readonly [TransportName, Way])[] = [
	["websocket", websocket],
	["sse", sse],
	["long-poll", longPoll],
	["short-poll", shortPoll],
];

export interface ConnectOptions extends ClientOptions {
	/** The ways in that may be used; all of them unless told otherwise. The best that works is used, and changed for a better one. */
	readonly transports?: readonly TransportName[];
	/** Keeps cursors, so that a reload goes on where the page left. */
	readonly persist?: Persist;
}

export interface Holdfast extends Client {
	channel<T = unknown>(name: string, options?: ChannelOptions<T>): FullChannel<T>;
}

/** `url`: of the server, such as `https://example.com`. Nothing is connected before something is subscribed. */
export function connect(url: string, { transports, persist, ...options }: ConnectOptions = {}): Holdfast {
	const allowed = new Map(ways.filter(([name]) => transports?.includes(name) ?? true));
	const wayFor = ({ environment }: About) => {
		const store = storeOf(environment, "local");
		const key = `holdfast:way:${url}`;
		return choose(allowed, { get: () => store.get(key), set: (name) => store.set(key, name) });
	};
	return createClient(url, wayFor, { environment: realEnvironment, ...options }, (session, about) => {
		const host = persist === undefined ? session : keepCursors(persist)(session, about);
		return { channel: <T>(name: string, how?: ChannelOptions<T>) => createFullChannel(host, name, how) };
	});
}
