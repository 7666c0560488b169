/** Socket.IO, with and without connection state recovery. */
import { packageVersion, startProgramOfOurs } from "./node.ts";
import type { Access, Peer } from "./peer.ts";
import { publishRequest } from "./program.ts";

const accesses: readonly Access[] = [
	{ wire: "socket.io", path: (channel) => `/socket.io/?EIO=4&transport=websocket&channel=${channel}` },
];

function socketIoPeer(name: string, args: readonly string[]): Peer {
	return {
		name,
		source: "npm socket.io",
		version: () => packageVersion("socket.io"),
		accesses,
		collects: true,
		publish: publishRequest,
		start: (options) => {
			const redis = options.redis === undefined ? [] : [`redis=${options.redis}`];
			return startProgramOfOurs("socket-io", options, [...args, ...redis]);
		},
	};
}

export const socketIo: Peer = socketIoPeer("Socket.IO", []);
export const socketIoRecovery: Peer = socketIoPeer("Socket.IO with recovery", ["recovery"]);
