/** `holdfast tail`: prints what channels hold and what comes. */
import { once } from "node:events";
import { type Io, say } from "../io.ts";
import { longPoll, shortPoll } from "../readers/poll.ts";
import type { Reader, Told } from "../readers/reader.ts";
import { readSse } from "../readers/sse.ts";
import { readWebSocket } from "../readers/websocket.ts";
import { httpTrace } from "../trace/http-trace.ts";
import { visible } from "../trace/trace.ts";
import { webSocketTrace } from "../trace/websocket-trace.ts";
import { makeAgent, type Server } from "../wire/request.ts";
import { follow } from "./follow.ts";
import { humanGap, humanMessage } from "./print.ts";

export const transports = ["poll", "long-poll", "sse", "websocket"] as const;
export type TransportName = (typeof transports)[number];

export interface TailOptions {
	readonly server: Server;
	readonly channels: readonly string[];
	/** `after=…` or `last=…`. */
	readonly start: string;
	readonly transport: TransportName;
	/** Milliseconds between two short polls. */
	readonly interval: number;
	readonly json: boolean;
	readonly trace: boolean;
	/** Messages after which to end. */
	readonly count: number;
}

export async function tail(options: TailOptions, io: Io): Promise<void> {
	const { server, channels, start, transport, interval } = options;
	const printTrace = (line: string) => say(io.stderr, line);
	const makeTrace = transport === "websocket" ? webSocketTrace : httpTrace;
	const trace = options.trace ? makeTrace(printTrace) : undefined;
	const agent = makeAgent(server, trace && ((socket) => trace.opened(socket)));
	const enough = new AbortController();
	const signal = AbortSignal.any([io.stop, enough.signal]);
	const readers: Record<TransportName, Reader> = {
		poll: shortPoll((stop) => io.sleep(interval, stop)),
		"long-poll": longPoll,
		sse: readSse,
		websocket: readWebSocket,
	};
	const tell = printer(options, io, signal, () => enough.abort());
	const note = (line: string) => say(io.stderr, `holdfast: ${visible(line)}`);
	try {
		await follow(readers[transport], { server, channels, start, cursor: undefined, agent, signal, trace, tell }, io, note);
	} finally {
		agent.destroy();
	}
}

function printer(options: TailOptions, io: Io, signal: AbortSignal, enough: () => void) {
	const style = { several: options.channels.length > 1 };
	let left = options.count;
	let draining: Promise<void> | undefined;
	return (told: Told): Promise<void> | undefined => {
		if (signal.aborted || told.kind === "at") return undefined;
		if (told.kind === "gap" && !options.json) {
			say(io.stderr, humanGap(told.gap));
			return undefined;
		}
		if (told.kind === "message") left--;
		const line = options.json
			? JSON.stringify(told.kind === "gap" ? { gap: told.gap } : told.message)
			: told.kind === "message" && humanMessage(told.message, style);
		const room = io.stdout.write(`${line}\n`);
		if (left === 0) enough();
		if (room) return undefined;
		// A reader may have more in hand than it can hold back; all of it waits for the same moment.
		draining ??= drained(io, signal).then(() => {
			draining = undefined;
		});
		return draining;
	};
}

/** Whoever reads our output is slower than the channel: the reader waits, and the messages stay in the log. */
async function drained(io: Io, signal: AbortSignal): Promise<void> {
	// Ended by the signal, the wait has nothing left to wait for.
	await once(io.stdout, "drain", { signal }).catch(() => undefined);
}
