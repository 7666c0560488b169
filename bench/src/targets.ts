/** What is measured side by side: a server of this folder and how its readers are reached. */
import type { Wire } from "./load/subscribers.ts";

export interface Target {
	readonly name: string;
	/** Its file in `servers/`. */
	readonly server: string;
	readonly wire: Wire;
	readonly path: string;
	/** As in `Subscription`. */
	readonly ready?: string;
}

const path = "/v1/channels/bench/messages";

export const targets: readonly Target[] = [
	{ name: "Holdfast WebSocket", server: "holdfast", wire: "websocket", path, ready: '"op":"live"' },
	{ name: "Holdfast SSE", server: "holdfast", wire: "sse", path, ready: "event: $live" },
	{ name: "ws loop", server: "ws", wire: "websocket", path: "/" },
	{ name: "Socket.IO", server: "socket-io", wire: "socket.io", path: "/socket.io/?EIO=4&transport=websocket" },
	{ name: "SSE loop", server: "sse", wire: "sse", path: "/" },
];
