/** Who is on the other side of a connection. */
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest, ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";

/** Whether the address is this machine's own; a Unix socket has none and is. */
export function isLoopback(address: string | undefined): boolean {
	return address === undefined || /^(::ffff:)?127\./.test(address) || address === "::1";
}

/** Whether someone else's request is handed on to us. */
export function isProxied(request: IncomingMessage): boolean {
	const { headers } = request;
	return headers["via"] !== undefined || headers["forwarded"] !== undefined || headers["x-forwarded-for"] !== undefined;
}

/**
 * Whether the request was made on this machine: a proxy here speaks for others, and a name that is not this machine's is
 * how a page elsewhere would reach us through the browser of someone here (DNS rebinding).
 */
export function isLocal(request: IncomingMessage): boolean {
	const { socket } = request;
	// A stream of HTTP/2 that has ended has no address either, and may be anyone's.
	if (socket.destroyed || !isLoopback(socket.remoteAddress)) return false;
	return !isProxied(request) && isLocalName(hostOf(request) ?? "localhost");
}

/** The host that was asked, with its port: over HTTP/2 it is no header, and Node leaves it as it came. */
export function hostOf({ headers }: IncomingMessage): string | undefined {
	return (headers[":authority"] as string | undefined) ?? headers.host;
}

/** The connection of a request: over HTTP/2 `request.socket` is another object for each request, and this is one for all of them. */
export function connectionOf(request: IncomingMessage): Socket {
	return (streamOf(request)?.session?.socket as Socket | undefined) ?? request.socket;
}

/**
 * Whether the body that has ended is all of it: over HTTP/2 one that the peer broke off ends as any other. While the answer is
 * still to come, a stream is closed by nothing else.
 */
export function isWhole(request: IncomingMessage): boolean {
	return streamOf(request)?.closed !== true;
}

function streamOf(request: IncomingMessage): ServerHttp2Stream | undefined {
	return request.httpVersionMajor === 2 ? (request as unknown as Http2ServerRequest).stream : undefined;
}

function isLocalName(host: string): boolean {
	const name = host.replace(/:\d*$/, "").toLowerCase();
	return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || /^127(\.\d{1,3}){3}$/.test(name);
}
