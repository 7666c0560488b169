/** Nchan, a module of nginx: publishes by POST, keeps messages in memory that its workers share. */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dataFolder } from "../run/folder.ts";
import type { Access, Peer, Running } from "./peer.ts";
import { debianVersion, freePort, programPath, publishRequest, startProgram } from "./program.ts";

const path = (wire: string) => (channel: string) => `/${wire}?channel=${channel}`;
/** An id older than all messages. */
const past = (wire: string) => (channel: string) => `/${wire}?channel=${channel}&last_event_id=1:0`;

const accesses: readonly Access[] = [
	{ wire: "websocket", path: path("websocket"), past: past("websocket") },
	{ wire: "sse", path: path("sse"), past: past("sse"), ready: ": hi" },
	{
		wire: "long poll",
		path: path("poll"),
		past: past("poll"),
		next: { from: ["last-modified", "etag"], head: "If-Modified-Since: $0\r\nIf-None-Match: $1\r\n" },
	},
];

export const nchan: Peer = {
	name: "Nchan",
	source: "Debian nginx, libnginx-mod-nchan",
	version() {
		const version = debianVersion("libnginx-mod-nchan");
		const server = debianVersion("nginx");
		return version === undefined || server === undefined ? undefined : `${version}, nginx ${server}`;
	},
	accesses,
	publish: publishRequest,
	async start({ cores, workers = 1 }): Promise<Running> {
		const port = await freePort();
		const folder = dataFolder();
		// Started by root, its workers are another user, who is to reach the folder of temporary files.
		chmodSync(folder, 0o755);
		const settings = readFileSync(programPath("nginx.conf"), "utf8");
		writeFileSync(join(folder, "nginx.conf"), settings.replace("@port@", String(port)).replace("@workers@", String(workers)));
		const command = ["nginx", "-p", folder, "-c", "nginx.conf"];
		return { port, ...(await startProgram({ command, cores, port, children: workers })) };
	},
};
