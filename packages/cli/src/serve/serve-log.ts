/** One process that serves one log on one port. */
import { once } from "node:events";
import { resolve } from "node:path";
import { createHoldfast, type Holdfast, type HoldfastOptions, type Log, resolveOptions, serverOptions } from "@holdfast/server";
import { CommandError, describe } from "../exit-codes.ts";
import { type Io, say } from "../io.ts";
import type { Settings } from "../settings/resolve.ts";
import { type App, openApp, type Serving } from "./app.ts";
import { openCertificate } from "./certificate.ts";
import { consolePage } from "./console-page.ts";
import { drain, sessionsOf, socketsOf } from "./drain.ts";
import { listen, makeHttpServer, urlOf } from "./http-server.ts";
import { tellDiagnostics } from "./tell-diagnostics.ts";

export interface ServeLog {
	open(): Promise<Log>;
	/** It listens. */
	ready(url: string): void;
	/** It has been asked to stop. */
	stopping?(): void;
}

/** Serves until `io.stop`, then drains. */
export async function serveLog(settings: Settings, { open, ready, stopping }: ServeLog, io: Io): Promise<void> {
	const { cors, host, port, tls, rights, server: limits } = settings;
	const { maxMessageBytes, drainTime } = resolveOptions(serverOptions, limits);
	const page = consolePage(new URL("./console/", import.meta.url), settings.app === undefined ? "/" : "/console");
	const mute = tellDiagnostics((line) => say(io.stderr, `holdfast: ${line}`));
	const certificate = tls && (await openCertificate(tls, io));
	const log = await open();
	try {
		// The rest of the time is for ending what does not leave by itself.
		const leaving = Math.floor(drainTime * 0.8);
		const holdfast = makeHoldfast({ ...limits, log, cors, ...(rights && { rights }), drainTime: leaving });
		const app = await openAppOf(settings, { holdfast, drainTime: leaving });
		const server = makeHttpServer({ holdfast, page, app, certificate }, settings, maxMessageBytes);
		const sockets = socketsOf(server);
		const sessions = sessionsOf(server);
		await listen(server, host, port);
		ready(urlOf(server, settings));
		if (!io.stop.aborted) await once(io.stop, "abort");
		stopping?.();
		await drain({ server, sockets, sessions, holdfast, app, deadline: Math.max(1000, drainTime * 0.9) }, io);
	} finally {
		await log.close();
		mute();
	}
}

/** @throws CommandError for rights that make no sense. */
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
