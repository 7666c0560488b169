import { connect, type Environment, realEnvironment } from "@holdfast/client";
import { type CoreClient, connect as connectCore } from "@holdfast/client/core";
import { shortPollEvery } from "@holdfast/client/short-poll";
import { traceFetch } from "../trace/http-trace.ts";
import type { Print } from "../trace/trace.ts";
import type { Server } from "../wire/server.ts";
import { openSocket } from "../wire/socket.ts";

/** `auto`: the best that works, and a better one when it works again. */
export const transports = ["auto", "poll", "long-poll", "sse", "websocket"] as const;
export type Transport = (typeof transports)[number];

export interface Reading {
	readonly server: Server;
	readonly transport: Transport;
	/** Milliseconds between two short polls. */
	readonly interval: number;
	readonly trace: boolean;
}

/** A client that reads so. What it sends and gets is shown to `print` until `signal` is aborted. */
export function open({ server, transport, interval, trace }: Reading, print: Print, signal: AbortSignal): CoreClient {
	const { url, token } = server;
	const { fetch } = realEnvironment;
	const environment: Environment = {
		...realEnvironment,
		fetch: trace ? traceFetch(fetch, print, signal) : fetch,
		socket: (address, subprotocol) => openSocket(address, subprotocol, trace ? print : undefined),
	};
	const options = { environment, ...(token === undefined ? {} : { token }) };
	if (transport === "auto") return connect(url, options);
	if (transport !== "poll") return connect(url, { ...options, transports: [transport] });
	return connectCore(url, { ...options, transport: shortPollEvery(interval) });
}
