import type { Clock, Random } from "../clock.ts";
import type { Hub } from "../hub/hub.ts";
import type { Log } from "../log/log.ts";
import type { ServerLimits } from "../options.ts";
import type { Schemas } from "../schemas/schemas.ts";
import type { Heartbeat } from "../transport/heartbeat.ts";
import type { SseOptions, SseTransport } from "../transport/sse.ts";
import type { Access } from "./access.ts";
import type { Addresses } from "./addresses.ts";
import type { Attendance } from "./attendance.ts";
import type { Connections } from "./connections.ts";
import type { Origins } from "./origins.ts";
import type { Publisher } from "./publisher.ts";
import type { Sockets } from "./sockets.ts";

/** The text of the metrics, and its type. */
export type Metrics = () => Promise<{ readonly type: string; readonly text: string }>;

/** What every route works with. */
export interface Service {
	readonly log: Log;
	readonly hub: Hub;
	readonly clock: Clock;
	readonly random: Random;
	readonly limits: ServerLimits;
	readonly access: Access;
	readonly addresses: Addresses;
	readonly origins: Origins;
	readonly connections: Connections;
	readonly attendance: Attendance;
	readonly publisher: Publisher;
	/** What data must fit, once it may be published. */
	readonly schemas: Schemas;
	/** What all event streams share. */
	readonly streams: SseOptions;
	/** The event streams that are kept from falling silent. */
	readonly comments: Heartbeat<SseTransport>;
	readonly sockets: Sockets;
	/** What `GET /metrics` answers; without it there is no such route. */
	readonly metrics: Metrics | undefined;
	/** What stands before `/v1`, or nothing. */
	readonly prefix: string;
}
