import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Duplex } from "node:stream";
import { HoldfastError } from "@holdfast/protocol";
import { type Clock, type Random, systemClock, systemRandom } from "./clock.ts";
import { type Control, followControl } from "./follow-control.ts";
import { Access, type Authorize, type Deciding } from "./http/access.ts";
import { Addresses, type ForwardedHeader } from "./http/addresses.ts";
import { Attendance } from "./http/attendance.ts";
import { Connections } from "./http/connections.ts";
import { dataOfBytes, dataOfValue, makeDraft } from "./http/draft.ts";
import { Lane } from "./http/lane/lane.ts";
import { Origins } from "./http/origins.ts";
import { Publisher } from "./http/publisher.ts";
import { route } from "./http/router.ts";
import type { Metrics, Service } from "./http/service.ts";
import { Sockets } from "./http/sockets.ts";
import { upgrade } from "./http/upgrade.ts";
import { Hub } from "./hub/hub.ts";
import { Identity, type RightsOptions } from "./identity/identity.ts";
import { Revocations } from "./identity/revocations.ts";
import type { Log } from "./log/log.ts";
import { measuredLog } from "./log/measured.ts";
import { memoryLog } from "./log/memory.ts";
import { resolveOptions, type ServerLimits, serverOptions } from "./options.ts";
import { Schemas, type SchemaTable } from "./schemas/schemas.ts";
import { type Stats, statsOf } from "./stats.ts";
import { type Handlers, type SubscribeOptions, type Subscription, subscribe } from "./subscribe.ts";
import { Heartbeat } from "./transport/heartbeat.ts";
import type { SseTransport } from "./transport/sse.ts";
import type { WebhookOptions } from "./webhooks/hook.ts";
import { Webhooks } from "./webhooks/webhooks.ts";

export interface HoldfastOptions extends Partial<ServerLimits> {
	/** Where messages are kept; in memory unless it is given. Whoever opened it closes it, after the server. */
	readonly log?: Log;
	/** Who may do what, decided by your own function. Without it and `rights` everyone reads and publishes, and this machine administers. */
	readonly authorize?: Authorize;
	/** Who may do what, by tokens, API keys and patterns. */
	readonly rights?: RightsOptions;
	/** What data must fit to be published, by pattern of channel names: a JSON Schema (2020-12), or any Standard Schema. */
	readonly schemas?: SchemaTable;
	/** Who is told of what happens here, by HTTP. */
	readonly webhooks?: readonly WebhookOptions[];
	/** Origins whose pages may use the server, besides its own: `https://example.com`, or `*` for all, without credentials. */
	readonly cors?: readonly string[];
	/** Proxies whose word for whom they speak is taken: addresses, networks such as `10.0.0.0/8`, `loopback`, `private`. */
	readonly trustedProxies?: readonly string[];
	/** The header in which they say it; `x-forwarded-for` unless it is given. */
	readonly forwardedHeader?: ForwardedHeader;
	/** The path that the routes are mounted under, such as `/realtime`. A framework that takes it off itself needs none. */
	readonly prefix?: string;
	/** The text of `GET /metrics`, for those with administration rights; without it there is no such route. */
	readonly metrics?: Metrics;
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
	/** Where it stands in a trace, as W3C Trace Context writes it; readers are told. */
	readonly traceparent?: string;
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
	 * Has the requests of its own routes read straight from the connections of `server`, ahead of Node's HTTP; it is to be one of
	 * node:http that calls `handle` and `upgrade` with all others. They cost about half, and pass by whatever else listens on `server`, whose
	 * `keepAliveTimeout` is to be set before.
	 *
	 * @throws HoldfastError `bad_request` for a server of another kind, such as one with TLS, or one that has a lane.
	 */
	fastLane(server: Server): void;
	/**
	 * Publishes JSON data, or bytes as a Uint8Array; resolves when the log keeps it as its durability promises.
	 *
	 * @throws HoldfastError with the code that a client would be told.
	 */
	publish(channel: string, data: unknown, options?: PublishOptions): Promise<Published>;
	/** Follows channels in this process. The next message waits until the handler's promise has been settled. */
	subscribe(channels: string | readonly string[], handlers: Handlers, options?: SubscribeOptions): Subscription;
	/** What it has done and holds, as numbers. */
	stats(): Stats;
	/** Sends everyone away, spread over `drainTime`, and waits for publishes under way. The log stays open. */
	close(): Promise<void>;
}

/** @throws HoldfastError `bad_request` for an option out of its bounds. */
export function createHoldfast(options: HoldfastOptions = {}): Holdfast {
	const service = createService(options);
	const lanes: Lane[] = [];
	return {
		handle(request, response, next) {
			// The two are alike but for what `transport/outlet.ts` and `http/peer.ts` look into.
			route(service, request as IncomingMessage, response as ServerResponse, next);
		},
		upgrade(request, socket, head, next) {
			upgrade(service, request, socket, head, next);
		},
		fastLane: (server) => void lanes.push(new Lane(service, server)),
		async publish(channel, data, { from, ...labels } = {}) {
			const made = data instanceof Uint8Array ? dataOfBytes(data) : dataOfValue(data, undefined);
			const draft = makeDraft(channel, made, labels, service.limits.maxMessageBytes);
			const checking = service.schemas.check(draft);
			// Without a pause where there is nothing to wait for: `close` waits for what has been handed to the log.
			if (checking !== undefined) await checking;
			const { id, time, known } = await service.publisher.appendOne(from === undefined ? draft : { ...draft, from });
			return { id, time, known };
		},
		subscribe: (channels, handlers, where) => subscribe(service.hub, channels, handlers, where),
		stats: () => statsOf(service),
		async close() {
			const end = service.clock.now() + service.limits.drainTime;
			await service.connections.drain(service.limits.drainTime);
			await service.publisher.settle();
			for (const lane of lanes) lane.close();
			service.control?.close();
			service.hub.close();
			await service.webhooks?.close(Math.max(0, end - service.clock.now()));
		},
	};
}

function decidingBy({ authorize, rights }: HoldfastOptions, log: Log, clock: Clock): Deciding {
	if (authorize !== undefined && rights !== undefined) {
		throw new HoldfastError("bad_request", "Rights come from authorize or from rights, and not from both.");
	}
	if (authorize !== undefined) return { authorize };
	return rights === undefined ? "open" : { identity: new Identity(rights, log, clock) };
}

interface Parts extends Service {
	readonly control: Control | undefined;
	readonly webhooks: Webhooks | undefined;
}

function createService(options: HoldfastOptions): Parts {
	const { clock = systemClock, random = systemRandom, prefix = "" } = options;
	if (prefix !== "" && !/^(\/[^/?#]+)+$/.test(prefix)) {
		throw new HoldfastError("bad_request", `prefix is a path such as /realtime, without a slash at its end; not ${prefix}`);
	}
	const log = measuredLog(options.log ?? memoryLog({ clock, random }), () => performance.timeOrigin + performance.now());
	const limits = resolveOptions(serverOptions, options);
	const set = new Set(Object.keys(serverOptions).filter((name) => options[name as keyof ServerLimits] !== undefined));
	const limiting = { clock, limits, set };
	const addresses = new Addresses(options.trustedProxies, options.forwardedHeader);
	const addressOf = (request: IncomingMessage) => addresses.addressOf(request);
	const deciding = decidingBy(options, log, clock);
	const revocations = deciding !== "open" && "identity" in deciding ? deciding.identity.revocations : new Revocations();
	const attendance = new Attendance(clock, random, (caller) => revocations.has(caller), addressOf);
	const connections = new Connections(limiting, addresses, random, attendance);
	const schemas = new Schemas(options.schemas ?? {});
	const origins = new Origins(options.cors ?? []);
	// Last of what can refuse an option: it watches the log from now on.
	const webhooks = options.webhooks?.length
		? new Webhooks(options.webhooks, { log, clock, random, node: attendance.node })
		: undefined;
	if (webhooks !== undefined) attendance.observe(webhooks);
	const hub = new Hub(log, clock, limits, webhooks?.readers);
	const access = new Access(deciding, clock, addressOf);
	const control = deciding === "open" ? undefined : followControl({ hub, log, clock, revocations, attendance });
	if (control !== undefined) access.waitFor(control.ready);
	return {
		log,
		hub,
		clock,
		random,
		limits,
		access,
		addresses,
		attendance,
		origins,
		connections,
		publisher: new Publisher(webhooks ?? log, limiting, addresses, connections),
		schemas,
		streams: { outboundBytes: limits.outboundBytes, clock, retry: () => Math.round(1000 * (1 + random())) },
		comments: new Heartbeat<SseTransport>(clock, limits.commentInterval, (transport) => transport.comment()),
		sockets: new Sockets(limits, clock),
		metrics: options.metrics,
		prefix,
		control,
		webhooks,
	};
}
