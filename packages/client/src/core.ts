/** The client with what you import, and nothing else. */
import { type ClientOptions, Holdfast } from "./client.ts";
import type { Keep } from "./persist.ts";
import type { Way } from "./way.ts";

export * from "./public.ts";

export interface CoreOptions extends ClientOptions {
	/** The ways in, best first. */
	readonly transports: readonly Way[];
	/** `keepCursors(…)` of `@holdfast/client/persist`. */
	readonly persist?: Keep;
}

/** Nothing is connected before something is subscribed. */
export function connect(url: string, options: CoreOptions): Holdfast {
	return new Holdfast(url, options.transports, options, options.persist);
}
