/** HTTP/2 over TLS, with HTTP/1.1 and WebSockets for those who ask for them on the same port. */
import {
	createSecureServer,
	type Http2SecureServer,
	type Http2ServerRequest,
	type Http2ServerResponse,
	type ServerHttp2Session,
} from "node:http2";
import type { TLSSocket } from "node:tls";
import type { Settings } from "../settings/resolve.ts";
import type { Certificate } from "./certificate.ts";
import { sendTimeout } from "./client-error.ts";

/** Time for a peer to take leave, in milliseconds. */
const grace = 1000;

export function makeSecureServer(limits: Settings["http"], certificate: Certificate): Http2SecureServer {
	const { maxHeaderBytes, headersTimeout, requestTimeout, maxConcurrentStreams } = limits;
	const versions = { minVersion: "TLSv1.2" } as const;
	const server = createSecureServer({
		...certificate.pair,
		...versions,
		allowHTTP1: true,
		noDelay: true,
		handshakeTimeout: headersTimeout,
		settings: { maxConcurrentStreams, maxHeaderListSize: maxHeaderBytes },
	});
	// What a server of HTTP/1.1 alone takes as options, and has defaults for.
	Object.assign(server, {
		maxHeaderSize: maxHeaderBytes,
		headersTimeout,
		requestTimeout,
		keepAliveTimeout: 5000,
		connectionsCheckingInterval: 1000,
		requireHostHeader: true,
	});
	server.once("listening", () => certificate.follow((pair) => server.setSecureContext({ ...pair, ...versions })));
	endIdleSessions(server, requestTimeout);
	server.on("request", (request, response) => boundUpload(request, response, requestTimeout));
	return server;
}

/** Node ends no session by itself. One that only pings is idle too, so what counts is what is open on it. */
function endIdleSessions(server: Http2SecureServer, after: number): void {
	server.prependListener("secureConnection", (socket: TLSSocket) => {
		// The listener behind this one makes the session, and a session gives its socket to nobody.
		if (socket.alpnProtocol === "h2") server.once("session", (session) => endIdle(session, socket, after));
	});
}

function endIdle(session: ServerHttp2Session, socket: TLSSocket, after: number): void {
	let open = 0;
	const end = () => {
		session.close();
		// A peer that reads nothing would keep it for ever.
		setTimeout(() => socket.destroy(), grace).unref();
	};
	let timer = setTimeout(end, after).unref();
	session.on("stream", (stream) => {
		open++;
		clearTimeout(timer);
		stream.once("close", () => {
			open--;
			if (open === 0 && !session.closed) timer = setTimeout(end, after).unref();
		});
	});
	socket.once("close", () => clearTimeout(timer));
}

/** A body that never ends would keep its stream, which has no time of its own in Node. */
function boundUpload(request: Http2ServerRequest, response: Http2ServerResponse, within: number): void {
	if (request.httpVersionMajor < 2 || request.stream.endAfterHeaders) return;
	const timer = setTimeout(() => {
		sendTimeout(response);
		request.stream.close();
	}, within).unref();
	const arrived = () => clearTimeout(timer);
	request.once("end", arrived).once("close", arrived);
}
