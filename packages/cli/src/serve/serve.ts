/** `holdfast serve`: one process, one log, one port. */
import { once } from "node:events";
import type { Server } from "node:http";
import { resolve } from "node:path";
import { createHoldfast, resolveOptions, serverOptions } from "@holdfast/server";
import { CommandError } from "../exit-codes.ts";
import { type Io, say } from "../io.ts";
import type { Settings } from "../settings/resolve.ts";
import { type App, openApp, type Serving } from "./app.ts";
import { consolePage } from "./console-page.ts";
import { drain, socketsOf } from "./drain.ts";
import { listen, makeHttpServer, urlOf } from "./http-server.ts";
import { describeLog, openLog } from "./open-log.ts";
import { tellDiagnostics } from "./tell-diagnostics.ts";

/**
 * Serves until `io.stop`, then drains.
 *
 * @throws CommandError when the port, the data folder or the Redis cannot be opened.
 */
export async function serve(settings: Settings, version: string, io: Io): Promise<void> {
	const { cors, server: limits } = settings;
	const { maxMessageBytes, drainTime } = resolveOptions(serverOptions, limits);
	const page = consolePage(new URL("./console/", import.meta.url), settings.app === undefined ? "/" : "/console");
	const mute = tellDiagnostics((line) => say(io.stderr, `holdfast: ${line}`));
	const log = await openLog(settings);
	try {
		// The rest of the time is for ending what does not leave by itself.
		const leaving = Math.floor(drainTime * 0.8);
		const holdfast = createHoldfast({ ...limits, log, cors, drainTime: leaving });
		const app = await openAppOf(settings, { holdfast, drainTime: leaving });
		const server = makeHttpServer({ holdfast, page, app }, settings, maxMessageBytes);
		const sockets = socketsOf(server);
		await open(server, settings);
		announce(server, settings, version, io);
		if (!io.stop.aborted) await once(io.stop, "abort");
		say(io.stdout, "stopping: sending readers away");
		await drain({ server, sockets, holdfast, app, deadline: Math.max(1000, drainTime * 0.9) }, io);
	} finally {
		await log.close();
		mute();
	}
	say(io.stdout, "stopped");
}

async function openAppOf(settings: Settings, serving: Omit<Serving, "folder" | "redis">): Promise<App | undefined> {
	const { app, folder, redis } = settings;
	if (app === undefined) return undefined;
	return openApp(app, { ...serving, folder: folder === undefined ? undefined : resolve(folder), redis });
}

const reasons: Readonly<Record<string, string>> = {
	EADDRINUSE: "the port is in use",
	EACCES: "this user may not listen on that port",
	EADDRNOTAVAIL: "this machine does not have that address",
	ENOTFOUND: "no such host is known",
	EAI_AGAIN: "no such host is known",
};

async function open(server: Server, { host, port }: Settings): Promise<void> {
	try {
		await listen(server, host, port);
	} catch (cause) {
		const { code = "", message } = cause as NodeJS.ErrnoException;
		throw new CommandError("unavailable", `cannot listen on ${host} port ${port}: ${reasons[code] ?? message}`, { cause });
	}
}

/** In one write, so that whoever waits for the URL has the rest too. */
function announce(server: Server, settings: Settings, version: string, io: Io): void {
	const url = urlOf(server);
	const shows =
		settings.app === undefined ? [`shows a page to try it out at ${url}/`] : [`shows the app ${settings.app} at ${url}/`];
	const lines = [`holdfast ${version} listening on ${url}`, ...shows, ...describeLog(settings)];
	if (!/^http:\/\/(127\.|\[::1\])/.test(url)) {
		lines.push("no rights are configured: whoever reaches this port may read and publish; only this machine administers");
	}
	say(io.stdout, lines.join("\n"));
}
