/** Nchan, a module of nginx: publishes by POST, keeps messages in memory that its workers share. */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dataFolder } from "../run/folder.ts";
import type { Access, Peer, Running } from "./peer.ts";
import { debianVersion, freePort, programPath, publishRequest, startProgram } from "./program.ts";

const accesses: readonly Access[] = [
	{ wire: "websocket", path: (channel) => `/websocket?channel=${channel}` },
	{ wire: "sse", path: (channel) => `/sse?channel=${channel}`, ready: ": hi" },
	{ wire: "long poll", path: (channel) => `/poll?channel=${channel}` },
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
	async start({ core, workers = 1 }): Promise<Running> {
		const port = await freePort();
		const folder = dataFolder();
		// Started by root, its workers are another user, who is to reach the folder of temporary files.
		chmodSync(folder, 0o755);
		const settings = readFileSync(programPath("nginx.conf"), "utf8");
		writeFileSync(join(folder, "nginx.conf"), settings.replace("@port@", String(port)).replace("@workers@", String(workers)));
		const command = ["nginx", "-p", folder, "-c", "nginx.conf"];
		return { port, ...(await startProgram({ command, core, port, children: workers })) };
	},
};
