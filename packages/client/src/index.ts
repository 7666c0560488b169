/** The client with every way in. */
import { type ClientOptions, Holdfast } from "./client.ts";
import { keepCursors, type Persist } from "./persist.ts";
import type { TransportName, Way } from "./way.ts";
import { longPoll } from "./ways/long-poll.ts";
import { shortPoll } from "./ways/short-poll.ts";
import { sse } from "./ways/sse.ts";
import { websocket } from "./ways/websocket.ts";

export * from "./public.ts";

const ways: readonly Way[] = [websocket, sse, longPoll, shortPoll];

export interface ConnectOptions extends ClientOptions {
	/** The ways in that may be used; all of them unless told otherwise. The best that works is used, and changed for a better one. */
	readonly transports?: readonly TransportName[];
	/** Keeps cursors, so that a reload goes on where the page left. */
	readonly persist?: Persist;
}

/** `url`: of the server, such as `https://example.com`. Nothing is connected before something is subscribed. */
export function connect(url: string, options: ConnectOptions = {}): Holdfast {
	const { transports, persist } = options;
	const allowed = ways.filter(({ name }) => transports?.includes(name) ?? true);
	return new Holdfast(url, allowed, options, persist && keepCursors(persist));
}
