import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Duplex } from "node:stream";
import { HoldfastError } from "@holdfast/protocol";
import { type Clock, type Random, systemClock, systemRandom } from "./clock.ts";
import { Access, type Authorize } from "./http/access.ts";
import { Connections } from "./http/connections.ts";
import { dataOfBytes, dataOfValue, makeDraft } from "./http/draft.ts";
import { Origins } from "./http/origins.ts";
import { Publisher } from "./http/publisher.ts";
import { refuseUpgrade } from "./http/respond.ts";
import { route } from "./http/router.ts";
import type { Service } from "./http/service.ts";
import { Sockets } from "./http/sockets.ts";
import { upgrade } from "./http/upgrade.ts";
import { Hub } from "./hub/hub.ts";
import type { Log } from "./log/log.ts";
import { memoryLog } from "./log/memory.ts";
import { resolveOptions, type ServerLimits, serverOptions } from "./options.ts";
import { type Handlers, type SubscribeOptions, type Subscription, subscribe } from "./subscribe.ts";
import { Heartbeat } from "./transport/heartbeat.ts";
import type { SseTransport } from "./transport/sse.ts";

export interface HoldfastOptions extends Partial<ServerLimits> {
	/** Where messages are kept; in memory unless it is given. Whoever opened it closes it, after the server. */
	readonly log?: Log;
	/** Who may do what; without it everyone reads and publishes, and this machine administers. */
	readonly authorize?: Authorize;
	/** Origins whose pages may use the server, besides its own: `https://example.com`, or `*` for all, without credentials. */
	readonly cors?: readonly string[];
	/** The path that the routes are mounted under, such as `/realtime`. A framework that takes it off itself needs none. */
	readonly prefix?: string;
	readonly clock?: Clock;
	readonly random?: Random;
}

export interface PublishOptions {
	/** A name for the kind of message, 1–255 bytes. */
	readonly event?: string;
	/** For channels that keep the newest message a key, 1–255 bytes. */
	readonly key?: string;
	/** Who publishes. */
	readonly from?: string;
	/** The same key within the idempotency window stores once. */
	readonly idempotencyKey?: string;
}

export interface Published {
	readonly id: string;
	/** Milliseconds since 1970. */
	readonly time: number;
	/** Whether an earlier publish with the same idempotency key had stored it. */
	readonly known: boolean;
}

export interface Holdfast {
	/**
	 * Answers a request; with `next`, as in Connect and Express, what is no route of ours is passed on. Over HTTP/2 it takes the
	 * objects of Node's compatibility API.
	 */
	handle(request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse, next?: () => void): void;
	/** Answers an upgrade; with `next`, what is no route of ours is left to the caller. */
	upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, next?: () => void): void;
	/**
	 * Publishes JSON data, or bytes as a Uint8Array; resolves when the log keeps it as its durability promises.
	 *
	 * @throws HoldfastError with the code that a client would be told.
	 */
	publish(channel: string, data: unknown, options?: PublishOptions): Promise<Published>;
	/** Follows channels in this process. The next message waits until the handler's promise has been settled. */
	subscribe(channels: string | readonly string[], handlers: Handlers, options?: SubscribeOptions): Subscription;
	/** Sends everyone away, spread over `drainTime`, and waits for publishes under way. The log stays open. */
	close(): Promise<void>;
}

/** @throws HoldfastError `bad_request` for an option out of its bounds. */
export function createHoldfast(options: HoldfastOptions = {}): Holdfast {
	const service = createService(options);
	return {
		handle(request, response, next) {
			// The two are alike but for what `transport/outlet.ts` and `http/peer.ts` look into.
			void route(service, request as IncomingMessage, response as ServerResponse, next);
		},
		upgrade(request, socket, head, next) {
			upgrade(service, request, socket, head, next).catch((error: unknown) => refuseUpgrade(socket, error, service.clock));
		},
		async publish(channel, data, { from, ...labels } = {}) {
			const made = data instanceof Uint8Array ? dataOfBytes(data) : dataOfValue(data, undefined);
			const draft = makeDraft(channel, made, labels, service.limits.maxMessageBytes);
			const { id, time, known } = await service.publisher.appendOne(from === undefined ? draft : { ...draft, from });
			return { id, time, known };
		},
		subscribe: (channels, handlers, where) => subscribe(service.hub, channels, handlers, where),
		async close() {
			await service.connections.drain(service.limits.drainTime);
			await service.publisher.settle();
			service.hub.close();
		},
	};
}

function createService(options: HoldfastOptions): Service {
	const { clock = systemClock, random = systemRandom, prefix = "" } = options;
	if (prefix !== "" && !/^(\/[^/?#]+)+$/.test(prefix)) {
		throw new HoldfastError("bad_request", `prefix is a path such as /realtime, without a slash at its end; not ${prefix}`);
	}
	const log = options.log ?? memoryLog({ clock, random });
	const limits = resolveOptions(serverOptions, options);
	const connections = new Connections(limits, options.maxConnectionsPerIp !== undefined, clock, random);
	return {
		log,
		hub: new Hub(log, clock, limits),
		clock,
		random,
		limits,
		access: new Access(options.authorize),
		origins: new Origins(options.cors ?? []),
		connections,
		publisher: new Publisher(log, clock, limits, options.publishRate !== undefined, connections),
		streams: { outboundBytes: limits.outboundBytes, clock, retry: () => Math.round(1000 * (1 + random())) },
		comments: new Heartbeat<SseTransport>(clock, limits.commentInterval, (transport) => transport.comment()),
		sockets: new Sockets(limits, clock),
		prefix,
	};
}
