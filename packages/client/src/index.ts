/** The client with every way in. */
import { choose } from "./choose.ts";
import type { Channel as CoreChannel } from "./channel.ts";
import { type About, type Client, type ClientOptions, createClient } from "./client.ts";
import type { Message } from "./message.ts";
import { type MessagesOptions, messages } from "./messages.ts";
import { keepCursors, type Persist } from "./persist.ts";
import { type ChannelOptions, fitting } from "./schema.ts";
import { storeOf } from "./storage.ts";
import type { TransportName, Way } from "./way.ts";
import { longPoll } from "./ways/long-poll.ts";
import { shortPoll } from "./ways/short-poll.ts";
import { sse } from "./ways/sse.ts";
import { websocket } from "./ways/websocket.ts";

export * from "./public.ts";

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

export interface Channel<T = unknown> extends CoreChannel<T> {
	/**
	 * The messages, one by one: the next is taken when the loop comes back for it, and then the one before counts as
	 * handled. It begins with the loop, ends quietly with `signal` or `close()`, and throws when the server refuses the channel.
	 */
	messages(options?: MessagesOptions): AsyncGenerator<Message<T>, void>;
}

export interface Holdfast extends Omit<Client, "channel"> {
	channel<T = unknown>(name: string, options?: ChannelOptions<T>): Channel<T>;
}

/** `url`: of the server, such as `https://example.com`. Nothing is connected before something is subscribed. */
export function connect(url: string, { transports, persist, ...options }: ConnectOptions = {}): Holdfast {
	const allowed = new Map(ways.filter(([name]) => transports?.includes(name) ?? true));
	const wayFor = ({ environment }: About) => {
		const store = storeOf(environment, "local");
		const key = `holdfast:way:${url}`;
		return choose(allowed, { get: () => store.get(key), set: (name) => store.set(key, name) });
	};
	const client = createClient(url, wayFor, options, persist && keepCursors(persist));
	const { channel } = client;
	return Object.assign(client, {
		channel<T>(name: string, how: ChannelOptions<T> = {}) {
			const one = channel(name, fitting(how));
			return { ...one, messages: (options?: MessagesOptions) => messages(one, options) };
		},
	});
}
