import type { Clock, Random } from "../clock.ts";
import type { Hub } from "../hub/hub.ts";
import type { Log } from "../log/log.ts";
import type { ServerLimits } from "../options.ts";
import type { Heartbeat } from "../transport/heartbeat.ts";
import type { SseOptions, SseTransport } from "../transport/sse.ts";
import type { Access } from "./access.ts";
import type { Attendance } from "./attendance.ts";
import type { Connections } from "./connections.ts";
import type { Origins } from "./origins.ts";
import type { Publisher } from "./publisher.ts";
import type { Sockets } from "./sockets.ts";

/** What every route works with. */
export interface Service {
	readonly log: Log;
	readonly hub: Hub;
	readonly clock: Clock;
	readonly random: Random;
	readonly limits: ServerLimits;
	readonly access: Access;
	readonly origins: Origins;
	readonly connections: Connections;
	readonly attendance: Attendance;
	readonly publisher: Publisher;
	/** What all event streams share. */
	readonly streams: SseOptions;
	/** The event streams that are kept from falling silent. */
	readonly comments: Heartbeat<SseTransport>;
	readonly sockets: Sockets;
	/** What stands before `/v1`, or nothing. */
	readonly prefix: string;
}
