/** The client with what you import, and nothing else. */
import { type Channel, createChannel } from "./channel.ts";
import { type Client, type ClientOptions, createClient, type Layer } from "./client.ts";
import type { Way } from "./way.ts";

export type { Channel } from "./channel.ts";
export { webEnvironment } from "./environment.ts";
export * from "./public.ts";

export interface CoreOptions extends ClientOptions {
	/** The way in: one of `@holdfast/client/websocket`, `/sse`, `/long-poll`, `/short-poll`. */
	readonly transport: Way;
	/** `keepCursors(…)` of `@holdfast/client/persist`. */
	readonly persist?: Layer;
}

export interface CoreClient extends Client {
	channel<T = unknown>(name: string): Channel<T>;
}

/** Nothing is connected before something is subscribed. */
export function connect(url: string, { transport, persist, ...options }: CoreOptions): CoreClient {
	return createClient(
		url,
		() => transport,
		options,
		(session, about) => {
			const host = persist?.(session, about) ?? session;
			return { channel: (name: string) => createChannel(host, name) };
		},
	);
}
