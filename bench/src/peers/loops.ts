/** What one would write with Node and an afternoon: a loop for each wire. */
import { packageVersion, startProgramOfOurs } from "./node.ts";
import type { Access, Peer } from "./peer.ts";
import { publishRequest } from "./program.ts";

const path = (channel: string) => `/?channel=${channel}`;

function loop(name: string, program: string, source: string, version: Peer["version"], access: Access): Peer {
	return {
		name,
		source,
		version,
		accesses: [access],
		collects: true,
		publish: publishRequest,
		start: (options) => startProgramOfOurs(program, options),
	};
}

const node = () => process.versions.node;

export const wsLoop: Peer = loop("ws loop", "ws", "npm ws", () => packageVersion("ws"), { wire: "websocket", path });
export const sseLoop: Peer = loop("SSE loop", "sse", "Node", node, { wire: "sse", path });
export const longPollLoop: Peer = loop("Node long polls", "long-poll", "Node", node, {
	wire: "long poll",
	path,
	next: { from: ["X-Next"], target: "&after=$0" },
});
