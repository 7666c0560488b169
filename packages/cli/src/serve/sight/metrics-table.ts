/** Every metric of ours as one table. `/metrics`, docs/monitoring.md and the checks of the dashboard come from here. */
import type { Stats } from "@holdfast/server";

type Values = number | Readonly<Record<string, number>>;

export interface MetricRow {
	readonly type: "counter" | "gauge" | "histogram";
	readonly sentence: string;
	/** The one label; its values are a few, known beforehand. */
	readonly label?: string;
	/** Read when it is asked for; without it, it is counted as it happens. */
	read?(stats: Stats): Values;
	/** How the numbers of several processes become one; their sum unless it is said. */
	readonly together?: "sum" | "min" | "max" | "first";
	/** Of a histogram, in seconds. */
	readonly buckets?: readonly number[];
}

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const fine = [0.0001, 0.00025, 0.0005, ...seconds];

const byTransport = ({ longPoll, ...others }: { readonly longPoll: number }) => ({ "long-poll": longPoll, ...others });

export const metrics = {
	holdfast_connections: {
		type: "gauge",
		label: "transport",
		sentence: "Connections that stay: polls that wait, event streams, WebSockets.",
		read: ({ connections }) => byTransport(connections),
	},
	holdfast_connections_opened_total: {
		type: "counter",
		label: "transport",
		sentence: "Such connections since the process began.",
		read: ({ connectionsOpened }) => byTransport(connectionsOpened),
	},
	holdfast_polls_total: { type: "counter", sentence: "Short polls answered.", read: ({ polls }) => polls },
	holdfast_readers: {
		type: "gauge",
		label: "transport",
		sentence: "Cursors that are followed; a WebSocket may have many. `process` are subscriptions of an app in this process.",
		read: ({ readers }) => byTransport(readers),
	},
	holdfast_late_readers: {
		type: "gauge",
		sentence: "Readers behind the head: catching up, or waiting for their connection to have room.",
		read: ({ late }) => late,
	},
	holdfast_slow_readers_total: {
		type: "counter",
		label: "transport",
		sentence: "Readers sent away since they made no progress.",
		read: ({ slow }) => ({ ...slow }),
	},
	holdfast_channels_followed: { type: "gauge", sentence: "Channels with a reader.", read: ({ channels }) => channels },
	holdfast_publishes_total: {
		type: "counter",
		label: "outcome",
		sentence:
			"Messages given to the log: `stored`, `repeated` (known by its idempotency key), `refused` (the key was used for another), `failed` (the log did not keep it).",
		read: ({ publishes }) => ({ ...publishes }),
	},
	holdfast_published_bytes_total: {
		type: "counter",
		sentence: "Data of messages stored, roughly: characters of its JSON.",
		read: ({ publishedBytes }) => publishedBytes,
	},
	holdfast_pending_bytes: {
		type: "gauge",
		sentence: "Data that waits for the log to keep it; `maxPendingBytes` bounds it.",
		read: ({ pendingBytes }) => pendingBytes,
	},
	holdfast_deliveries_total: {
		type: "counter",
		sentence: "Messages told, once for each reader.",
		read: ({ deliveries }) => deliveries,
	},
	holdfast_delivered_bytes_total: {
		type: "counter",
		sentence: "Their data, once for each reader, counted as above; what frames and headers add is not in it.",
		read: ({ deliveredBytes }) => deliveredBytes,
	},
	holdfast_gaps_total: {
		type: "counter",
		label: "reason",
		sentence: "Gaps told, once for each reader.",
		read: ({ gaps }) => gaps,
	},
	holdfast_errors_total: {
		type: "counter",
		label: "code",
		sentence:
			"Requests, upgrades, operations and frames that were answered with an error, by its code; a refused item of a batch is none of them.",
	},
	holdfast_faults_total: { type: "counter", sentence: "What failed and no client caused; each has a line in the log." },
	holdfast_damaged_records_total: { type: "counter", sentence: "Records of the data folder that could not be read." },
	holdfast_append_to_write_seconds: {
		type: "histogram",
		sentence:
			"From a page's oldest message being kept (its `time`) to the last reader at the head being written to; observed once a page. Several nodes: as right as their clocks agree.",
		buckets: seconds,
	},
	holdfast_store_append_seconds: {
		type: "histogram",
		sentence: "Time that the log took to keep what one call brought.",
		buckets: fine,
	},
	holdfast_store_read_seconds: { type: "histogram", sentence: "Time that the log took to read a page.", buckets: fine },
	holdfast_store_fresh: {
		type: "gauge",
		sentence: "0 while the log is away (Redis, or the owner of the data folder), else 1.",
		together: "min",
		read: ({ fresh }) => Number(fresh),
	},
	holdfast_draining: {
		type: "gauge",
		sentence: "1 while readers are sent away, else 0.",
		together: "max",
		read: ({ draining }) => Number(draining),
	},
	holdfast_build_info: {
		type: "gauge",
		label: "version",
		sentence: "Always 1; `version` says which Holdfast runs.",
		together: "first",
	},
} as const satisfies Readonly<Record<string, MetricRow>>;

export type MetricName = keyof typeof metrics;
