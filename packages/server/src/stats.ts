/** What a server has done and holds, gathered from those who count it. */
import type { GapReason } from "@holdfast/protocol";
import type { Service } from "./http/service.ts";

/** Numbers of one process. Those of the past only grow; `connections`, `readers`, `late`, `channels` and `pendingBytes` are of now. */
export interface Stats {
	/** A full-form WebSocket is one connection, whatever it follows. */
	readonly connections: { readonly longPoll: number; readonly sse: number; readonly websocket: number };
	readonly connectionsOpened: { readonly longPoll: number; readonly sse: number; readonly websocket: number };
	/** Short polls answered. */
	readonly polls: number;
	/** Cursors that are followed, one a channel or set of channels; `process` are subscriptions in this process. */
	readonly readers: { readonly longPoll: number; readonly sse: number; readonly websocket: number; readonly process: number };
	/** Readers that read from the log, behind the head, or wait for their connection to have room. */
	readonly late: number;
	/** Readers sent away since they made no progress. */
	readonly slow: { readonly sse: number; readonly websocket: number };
	/** Channels that somebody reads. */
	readonly channels: number;
	/** Messages: kept now, kept before under the same key, refused one by one (`key_reused`), not kept since the log failed. */
	readonly publishes: { readonly stored: number; readonly repeated: number; readonly refused: number; readonly failed: number };
	/** Of data, roughly. */
	readonly publishedBytes: number;
	/** Of data that waits for the log to keep it. */
	readonly pendingBytes: number;
	/** Messages told, once for each reader. */
	readonly deliveries: number;
	/** Of data, once for each reader, roughly. */
	readonly deliveredBytes: number;
	readonly gaps: Readonly<Record<GapReason, number>>;
	readonly draining: boolean;
	/** False while a log in another place is away. */
	readonly fresh: boolean;
}

export function statsOf({ connections, hub, log, publisher, sockets }: Service): Stats {
	const { counts } = hub;
	const { stored, repeated, refused, failed, storedBytes } = publisher.counts;
	const { longPoll, sse, websocket, process } = counts.present;
	return {
		connections: { longPoll, sse, websocket: sockets.counts.present },
		connectionsOpened: { longPoll: counts.began.longPoll, sse: counts.began.sse, websocket: sockets.counts.began },
		polls: counts.began.poll,
		readers: { longPoll, sse, websocket, process },
		late: hub.late,
		slow: { sse: counts.slow.sse, websocket: counts.slow.websocket },
		channels: hub.channels,
		publishes: { stored, repeated, refused, failed },
		publishedBytes: storedBytes,
		pendingBytes: publisher.pendingBytes,
		deliveries: counts.deliveries,
		deliveredBytes: counts.deliveredBytes,
		gaps: { ...counts.gaps },
		draining: connections.draining,
		fresh: log.freshness?.fresh !== false,
	};
}
