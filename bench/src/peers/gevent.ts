/** gevent, with a chat in its users' manner: a greenlet and a queue for each who is in the room. */
import type { Access, Peer, Running } from "./peer.ts";
import { debianVersion, freePort, programPath, publishRequest, python, startProgram } from "./program.ts";

const accesses: readonly Access[] = [
	{ wire: "sse", path: (channel) => `/sse?channel=${channel}`, ready: ": joined" },
	// The queue is the cursor: a user's next poll finds there what came meanwhile.
	{ wire: "long poll", path: (channel) => `/poll?channel=${channel}`, next: { from: ["user"], target: "&user=$0" } },
];

export const gevent: Peer = {
	name: "gevent",
	source: "Debian python3-gevent",
	version: () => debianVersion("python3-gevent"),
	accesses,
	publish: publishRequest,
	async start({ cores }): Promise<Running> {
		const port = await freePort();
		const command = [python, programPath("gevent_chat.py"), String(port)];
		return { port, ...(await startProgram({ command, cores, port })) };
	},
};
