/** What is offered by an `Upgrade` header may be declined in silence, and the request answered as it is (RFC 9110, section 7.8). */
import type { IncomingMessage } from "node:http";
import type { Server } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";

const hopByHop = new Set(["upgrade", "connection", "http2-settings"]);

/**
 * Java's HttpClient and `curl --http2` offer h2c with each first request, and Node takes any offer for an upgrade and stops
 * parsing, with the body still to come. So the request is handed in once more, without the offer.
 */
export function declineUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
	const { method, url, httpVersion, rawHeaders } = request;
	const lines = [`${method} ${url} HTTP/${httpVersion}`];
	for (let i = 0; i < rawHeaders.length; i += 2) {
		const [name, value] = rawHeaders.slice(i, i + 2) as [string, string];
		if (!hopByHop.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
	}
	socket.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]));
	// To a server with TLS another connection would begin with a handshake.
	server.emit(socket instanceof TLSSocket ? "secureConnection" : "connection", socket);
}

export function isWebSocket(request: IncomingMessage): boolean {
	return request.headers.upgrade?.toLowerCase() === "websocket";
}
