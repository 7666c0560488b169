import type { IncomingMessage } from "node:http";
import type { ConnectionObserver } from "./connections.ts";
import { wantsEvents } from "./parameters.ts";

interface Opened {
	readonly transport: "websocket" | "sse";
	readonly address: string | undefined;
}

/** Tells of the connections that stay; a long poll is one request after another. */
export function observeConnections(observer: { opened(connection: Opened): () => void }): ConnectionObserver {
	return (request) => {
		const transport = transportOf(request);
		return transport && observer.opened({ transport, address: request.socket.remoteAddress });
	};
}

function transportOf(request: IncomingMessage): Opened["transport"] | undefined {
	if (request.headers.upgrade !== undefined) return "websocket";
	return wantsEvents(request) ? "sse" : undefined;
}
