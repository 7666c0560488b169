import { type Io, say } from "../io.ts";
import type { Settings } from "../settings/resolve.ts";
import { describeLog } from "./open-log.ts";

/** Says where and how it serves. In one write, so that whoever waits for the URL has the rest too. */
export function announce(url: string, settings: Settings, version: string, io: Io): void {
	const { app, workers } = settings;
	const lines = [
		`holdfast ${version} listening on ${url}`,
		app === undefined ? `shows a page to try it out at ${url}/` : `shows the app ${app} at ${url}/`,
		...(workers === 1 ? [] : [`runs as ${workers} workers, each with limits of its own`]),
		...describeLog(settings),
	];
	if (settings.rights === undefined) lines.push(openTo(settings.host));
	say(io.stdout, lines.join("\n"));
}

/** By its name alone: what another one stands for can change. */
export function isLoopbackName(host: string): boolean {
	return /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host);
}

function openTo(host: string): string {
	return isLoopbackName(host)
		? "no rights are configured: whoever is on this machine may read, publish and administer"
		: "no rights are configured: whoever reaches this port may read and publish; only this machine administers";
}
