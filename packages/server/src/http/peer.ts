/** Who is on the other side of a connection. */
import type { IncomingMessage } from "node:http";

/** Whether the address is this machine's own; a Unix socket has none and is. */
export function isLoopback(address: string | undefined): boolean {
	return address === undefined || /^(::ffff:)?127\./.test(address) || address === "::1";
}

/** Where a request comes from; undefined over a Unix socket. */
export function addressOf({ socket }: IncomingMessage): string | undefined {
	return socket.remoteAddress;
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
	return isLoopback(request.socket.remoteAddress) && !isProxied(request) && isLocalName(request.headers.host ?? "localhost");
}

function isLocalName(host: string): boolean {
	const name = host.replace(/:\d*$/, "").toLowerCase();
	return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || /^127(\.\d{1,3}){3}$/.test(name);
}
