/** Tornado, with a chat in its users' manner: a set of WebSockets, and long polls at a condition. */
import type { Access, Peer, Running } from "./peer.ts";
import { debianVersion, freePort, programPath, publishRequest, python, startProgram } from "./program.ts";

const accesses: readonly Access[] = [
	{ wire: "websocket", path: (channel) => `/websocket?channel=${channel}` },
	{
		wire: "long poll",
		path: (channel) => `/poll?channel=${channel}`,
		past: (channel) => `/poll?channel=${channel}&cursor=0`,
		next: { from: ["cursor"], target: "&cursor=$0" },
	},
];

export const tornado: Peer = {
	name: "Tornado",
	source: "Debian python3-tornado",
	version: () => debianVersion("python3-tornado"),
	accesses,
	publish: publishRequest,
	async start({ cores }): Promise<Running> {
		const port = await freePort();
		const command = [python, programPath("tornado_chat.py"), String(port)];
		return { port, ...(await startProgram({ command, cores, port })) };
	},
};
