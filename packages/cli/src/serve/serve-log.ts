/** One process that serves one log on one port. */
import { once } from "node:events";
import { resolve } from "node:path";
import { createHoldfast, type Holdfast, type HoldfastOptions, type Log, resolveOptions, serverOptions } from "@holdfast/server";
import { CommandError, describe } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import type { Settings } from "../settings/resolve.ts";
import { type App, openApp, type Serving } from "./app.ts";
import { openCertificate } from "./certificate.ts";
import { consolePage } from "./console-page.ts";
import { drain, sessionsOf, socketsOf } from "./drain.ts";
import { listen, makeHttpServer, urlOf } from "./http-server.ts";
import type { Tell } from "./sight/events.ts";
import { openLogger } from "./sight/logger.ts";
import { metricsText, openMetrics, type Told } from "./sight/metrics.ts";
import { tellDiagnostics } from "./sight/tell-diagnostics.ts";

export interface ServeLog {
	readonly version: string;
	open(): Promise<Log>;
	/** Where there are several processes: the metrics of all of them. `own` gives those of this one. */
	team?(own: () => Promise<Told>): () => Promise<readonly Told[]>;
	/** It listens. */
	ready(url: string): void;
	/** It has been asked to stop. */
	stopping?(): void;
}

/** Serves until `io.stop`, then drains. */
export async function serveLog(settings: Settings, { version, open, team, ready, stopping }: ServeLog, io: Io): Promise<void> {
	const { cors, trustedProxies, forwardedHeader, host, port, tls, rights, schemas, webhooks, server: limits } = settings;
	const { maxMessageBytes, drainTime } = resolveOptions(serverOptions, limits);
	const page = consolePage(new URL("./console/", import.meta.url), settings.app === undefined ? "/" : "/console");
	const tell = openLogger(settings, io);
	const ends = [tellDiagnostics(tell)];
	const certificate = tls && (await openCertificate(tls, tell, io));
	const log = await open();
	try {
		ends.push(tellFreshness(log, tell, io));
		// The rest of the time is for ending what does not leave by itself.
		const leaving = Math.floor(drainTime * 0.8);
		const proxies = { trustedProxies, forwardedHeader };
		const sight = { metrics: async () => metricsText(await gather()) };
		const given = { ...limits, ...proxies, ...sight, log, cors, schemas, webhooks, ...(rights && { rights }) };
		const holdfast = makeHoldfast({ ...given, drainTime: leaving });
		const own = openMetrics({ version, stats: () => holdfast.stats() });
		ends.push(own.close);
		const gather = team?.(own.told) ?? (async () => [await own.told()]);
		const app = await openAppOf(settings, { holdfast, drainTime: leaving });
		const server = makeHttpServer({ holdfast, page, app, certificate }, settings, maxMessageBytes);
		const sockets = socketsOf(server);
		const sessions = sessionsOf(server);
		await listen(server, host, port);
		const url = urlOf(server, settings);
		ready(url);
		tell({ event: "listening", text: `listening on ${url}`, fields: { url, version } });
		if (!io.stop.aborted) await once(io.stop, "abort");
		stopping?.();
		await drain({ server, sockets, sessions, holdfast, app, deadline: Math.max(1000, drainTime * 0.9), tell }, io);
	} finally {
		await log.close();
		for (const end of ends) end();
	}
}

/** Ends when called. */
function tellFreshness({ freshness }: Log, tell: Tell, io: Io): () => void {
	let since = io.now();
	const unwatch = freshness?.watch((fresh) => {
		const seconds = (io.now() - since) / 1000;
		since = io.now();
		if (fresh) tell({ event: "store_fresh", text: `the log is back after ${seconds} s`, fields: { seconds } });
		else tell({ event: "store_stale", text: "the log is away; readers stay and are told" });
	});
	return () => unwatch?.();
}

/** @throws CommandError for rights, schemas and webhooks that make no sense. */
function makeHoldfast(options: HoldfastOptions): Holdfast {
	try {
		return createHoldfast(options);
	} catch (cause) {
		throw new CommandError("usage", describe(cause), { cause });
	}
}

async function openAppOf(settings: Settings, serving: Omit<Serving, "folder" | "redis">): Promise<App | undefined> {
	const { app, folder, redis } = settings;
	if (app === undefined) return undefined;
	return openApp(app, { ...serving, folder: folder === undefined ? undefined : resolve(folder), redis });
}
