/**
 * Every limit of a server, as one table: default, bounds and a sentence. The types, the checks, `holdfast serve --help` and
 * `docs/options.md` come from here.
 */
import { HoldfastError } from "@holdfast/protocol";

/** `ms` durations may be written with a unit where text is read (`25s`, `7d`); `bytes` as well (`64KiB`). */
export type Unit = "count" | "bytes" | "ms";

export interface OptionRow {
	readonly default: number;
	readonly min: number;
	readonly max: number;
	readonly unit: Unit;
	readonly sentence: string;
}

const second = 1000;
const minute = 60 * second;
const day = 24 * 60 * minute;
const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

const row = (unit: Unit, value: number, min: number, max: number, sentence: string): OptionRow => ({
	default: value,
	min,
	max,
	unit,
	sentence,
});

/** Limits of a Holdfast server, embedded or alone. */
export const serverOptions = {
	maxConnections: row("count", 20_000, 1, 1_000_000, "Readers and sockets connected at once; more are told to come back later."),
	maxConnectionsPerIp: row(
		"count",
		256,
		1,
		1_000_000,
		"Readers and sockets connected at once from one address. Loopback is free of it unless it is set.",
	),
	maxConnectionsPerSubject: row(
		"count",
		1000,
		1,
		1_000_000,
		"Readers and sockets connected at once of one user, where users are known.",
	),
	connectRate: row(
		"count",
		2000,
		1,
		1_000_000,
		"New connections a second that are let in, and twice as many at once; more wait for their turn.",
	),
	connectWait: row(
		"ms",
		5 * second,
		0,
		minute,
		"How long a new connection may wait for its turn; more are told to come back later.",
	),
	connectRatePerIp: row(
		"count",
		128,
		1,
		1_000_000,
		"New connections a second from one address, and twice as many at once. Loopback is free of it unless it is set.",
	),
	connectRatePerSubject: row("count", 500, 1, 1_000_000, "New connections a second of one user, and twice as many at once."),
	maxMessageBytes: row("bytes", 64 * KiB, 1, 16 * MiB, "Size of one published body."),
	maxChannelsPerConnection: row("count", 128, 1, 128, "Channels that one reader or socket may follow."),
	maxPendingBytes: row(
		"bytes",
		64 * MiB,
		MiB,
		64 * GiB,
		"Data that waits to be kept by the log, of all publishers together; more is told to come back later.",
	),
	publishRate: row(
		"count",
		10,
		1,
		1_000_000,
		"Messages a second that one client connection may publish. Loopback is free of it unless it is set.",
	),
	publishRatePerIp: row(
		"count",
		1000,
		1,
		1_000_000,
		"Messages a second published from one address. Loopback is free of it unless it is set.",
	),
	publishRatePerSubject: row(
		"count",
		1000,
		1,
		1_000_000,
		"Messages a second published by one user. Loopback is free of it unless it is set.",
	),
	publishRatePerChannel: row(
		"count",
		5000,
		1,
		1_000_000,
		"Messages a second published to one channel. Loopback is free of it unless it is set.",
	),
	publishBytesPerIp: row(
		"bytes",
		8 * MiB,
		KiB,
		64 * GiB,
		"Data a second published from one address. Loopback is free of it unless it is set.",
	),
	publishBytesPerSubject: row(
		"bytes",
		8 * MiB,
		KiB,
		64 * GiB,
		"Data a second published by one user. Loopback is free of it unless it is set.",
	),
	publishBytesPerChannel: row(
		"bytes",
		32 * MiB,
		KiB,
		64 * GiB,
		"Data a second published to one channel. Loopback is free of it unless it is set.",
	),
	pingInterval: row("ms", 25 * second, second, 10 * minute, "Time between two pings of the server to a WebSocket."),
	pongTimeout: row("ms", 10 * second, second, 10 * minute, "Silence after a ping that ends a WebSocket."),
	commentInterval: row("ms", 15 * second, second, 10 * minute, "Longest silence of an event stream before a comment is sent."),
	outboundBytes: row(
		"bytes",
		64 * KiB,
		4 * KiB,
		16 * MiB,
		"Bytes that wait for one slow connection; beyond it the reader reads from the log.",
	),
	pageMessages: row("count", 500, 1, 10_000, "Messages read from the log at once by a reader that is behind."),
	pageBytes: row("bytes", MiB, 4 * KiB, 64 * MiB, "Bytes read from the log at once, and the size of one poll's answer."),
	stallTimeout: row(
		"ms",
		10 * second,
		100,
		10 * minute,
		"Time without progress after which a slow reader is sent away, to come back with its cursor.",
	),
	drainTime: row(
		"ms",
		30 * second,
		0,
		10 * minute,
		"Time over which readers are sent away and publishes in flight end when the server closes.",
	),
} as const satisfies Record<string, OptionRow>;

/** What a store keeps. */
export const storeOptions = {
	retentionMessages: row("count", 10_000, 1, 1_000_000_000, "Messages kept a channel."),
	retentionBytes: row("bytes", 64 * MiB, KiB, 1024 * GiB, "Bytes of data kept a channel."),
	retentionAge: row("ms", 7 * day, second, 36_500 * day, "How long a message is kept."),
	idempotencyWindow: row("ms", 10 * minute, second, 7 * day, "How long an idempotency key is remembered."),
	maxStoreBytes: row(
		"bytes",
		16 * GiB,
		MiB,
		1024 * GiB,
		"Bytes that all channels together may take; publishing beyond it is answered 507. In memory the default is 1 GiB.",
	),
} as const satisfies Record<string, OptionRow>;

/** Limits of the HTTP server that `holdfast serve` runs, and good ones for your own. */
export const httpOptions = {
	maxHeaderBytes: row("bytes", 48 * KiB, 8 * KiB, MiB, "Request target and headers together."),
	headersTimeout: row("ms", 10 * second, second, 10 * minute, "Time in which a request's headers must arrive."),
	requestTimeout: row(
		"ms",
		15 * second,
		second,
		10 * minute,
		"Time in which a whole request must arrive; a connection of HTTP/2 on which nothing is open for so long is ended.",
	),
	maxConcurrentStreams: row("count", 100, 1, 10_000, "Requests and event streams open at once on one connection of HTTP/2."),
} as const satisfies Record<string, OptionRow>;

export type OptionValues<Table> = { readonly [Name in keyof Table]: number };
export type ServerLimits = OptionValues<typeof serverOptions>;
export type StoreLimits = OptionValues<typeof storeOptions>;

/**
 * Fills `given` up with the defaults of `table`.
 *
 * @throws HoldfastError `bad_request` naming the option, its bounds and what was given.
 */
export function resolveOptions<Table extends Record<string, OptionRow>>(
	table: Table,
	given: Partial<Record<keyof Table, number | undefined>>,
): OptionValues<Table> {
	const values: Partial<Record<keyof Table, number>> = {};
	for (const name of Object.keys(table) as (keyof Table & string)[]) {
		const { default: byDefault, min, max, unit } = table[name] as OptionRow;
		const value = given[name] ?? byDefault;
		if (!Number.isSafeInteger(value) || value < min || value > max) {
			throw new HoldfastError("bad_request", `${name} is a whole number of ${unit} from ${min} to ${max}, not ${value}`);
		}
		values[name] = value;
	}
	return values as OptionValues<Table>;
}
