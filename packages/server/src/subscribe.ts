/** Reading in process: the same readers as on the wire, with a handler in the place of a socket. */
import { type Gap, HoldfastError, isChannelName, type Message, messageFields, type Page } from "@holdfast/protocol";
import { diagnostics } from "./diagnostics.ts";
import type { Hub } from "./hub/hub.ts";
import { oneChannel, type Scope, severalChannels } from "./hub/scope.ts";
import type { Start } from "./log/log.ts";
import { HandlerTransport } from "./transport/handler.ts";

/** A message as clients get it. */
export interface Received {
	readonly id: string;
	readonly channel: string;
	/** The JSON value; base64 where `encoding` says so. */
	readonly data: unknown;
	readonly encoding?: "base64";
	readonly time: number;
	readonly event?: string;
	readonly from?: string;
	readonly key?: string;
	readonly traceparent?: string;
	/** Hand it back as `after` to go on behind this message. */
	readonly cursor: string;
}

export interface Handlers {
	/** A throw or a rejection goes to the diagnostics channel `holdfast:fault`, and the next message comes. */
	message(message: Received): void | Promise<void>;
	gap?(gap: Gap): void | Promise<void>;
	/** The log is away, and more may be kept than is told. */
	stale?(): void | Promise<void>;
	/** The log is back, and everything that came meanwhile has been told. */
	fresh?(): void | Promise<void>;
}

export interface SubscribeOptions {
	/** A cursor, `first` or `now`, which is the default. */
	readonly after?: string;
	/** The newest n kept of each channel, then what follows. */
	readonly last?: number;
}

export interface Subscription {
	/** Resolves when everything published from then on will come. */
	readonly ready: Promise<void>;
	close(): void;
}

/** @throws HoldfastError `bad_channel`, `bad_cursor`. */
export function subscribe(
	hub: Hub,
	channels: string | readonly string[],
	handlers: Handlers,
	options: SubscribeOptions = {},
): Subscription {
	const names = typeof channels === "string" ? [channels] : channels;
	if (names.length === 0 || !names.every(isChannelName)) throw new HoldfastError("bad_channel", "Name channels to follow.");
	const scope = typeof channels === "string" ? oneChannel(channels) : severalChannels(channels);
	let closed = false;
	const transport = new HandlerTransport({
		page: (page) => handlePage(page, handlers, () => closed),
		stale: () => attempt(() => handlers.stale?.()),
		fresh: () => attempt(() => handlers.fresh?.()),
	});
	const { begun, close } = hub.follow({
		scope,
		starts: startsOf(scope, options),
		kind: "process",
		transport,
		opened: () => undefined,
	});
	// Whoever does not look at `ready` is told by the diagnostics channel.
	begun?.catch((error: unknown) => diagnostics.fault.tell({ during: "subscribe", error }));
	return {
		ready: begun ?? Promise.resolve(),
		close() {
			closed = true;
			close();
		},
	};
}

async function handlePage(page: Page, handlers: Handlers, closed: () => boolean): Promise<void> {
	for (const gap of page.gaps) await attempt(() => handlers.gap?.(gap));
	for (const [i, message] of page.messages.entries()) {
		if (closed()) return;
		await attempt(() => handlers.message(received(message, page.cursors[i] as string)));
	}
}

async function attempt(run: () => void | Promise<void>): Promise<void> {
	try {
		await run();
	} catch (error) {
		diagnostics.fault.tell({ during: "subscribe", error });
	}
}

function received(message: Message, cursor: string): Received {
	return { ...(JSON.parse(`{${messageFields(message)}}`) as Omit<Received, "cursor">), cursor };
}

function startsOf(scope: Scope, { after = "now", last }: SubscribeOptions): readonly Start[] {
	if (last !== undefined) {
		if (!Number.isInteger(last) || last < 1) throw new HoldfastError("bad_request", "last is a whole number from 1.");
		return scope.channels.map(() => ({ last }));
	}
	if (after === "first" || after === "now") return scope.channels.map(() => after);
	const places = scope.parse(after);
	if (places === undefined) throw new HoldfastError("bad_cursor", "after is a cursor of these channels, first or now.");
	return places;
}
