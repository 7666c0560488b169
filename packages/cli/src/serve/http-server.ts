/** The HTTP server around a Holdfast: limits, the page, and answers to what is no request. */
import http from "node:http";
import type { AddressInfo, Server } from "node:net";
import type { Duplex } from "node:stream";
import type { Holdfast } from "@holdfast/server";
import { CommandError } from "../exit-codes.ts";
import type { Settings } from "../settings/resolve.ts";
import type { App } from "./app.ts";
import type { Certificate } from "./certificate.ts";
import { answerClientErrors } from "./client-error.ts";
import type { ConsolePage } from "./console-page.ts";
import { declineUpgrade, isWebSocket } from "./other-upgrade.ts";
import { makeSecureServer } from "./secure-server.ts";

/** How much `POST /v1/messages` takes, whatever one message may be. */
const batchBytes = 1024 * 1024;

export interface Parts {
	readonly holdfast: Holdfast;
	readonly page: ConsolePage;
	readonly app?: App | undefined;
	/** With one, HTTP/2 and HTTP/1.1 over TLS; without, HTTP/1.1 alone. */
	readonly certificate?: Certificate | undefined;
}

/** A server of either kind. What it hands over for HTTP/2 are Node's objects of its compatibility API. */
export interface WebServer extends Server {
	/** Those of HTTP/1.1. */
	closeIdleConnections(): void;
}

export function makeHttpServer(
	{ holdfast, page, app, certificate }: Parts,
	settings: Settings,
	maxMessageBytes: number,
): WebServer {
	const server: WebServer = certificate
		? (makeSecureServer(settings.http, certificate) as Server as WebServer)
		: makePlainServer(settings.http, holdfast);
	const handle = (request: http.IncomingMessage, response: http.ServerResponse) => {
		// Over HTTP/2 it is no header, and an app would look for it there.
		request.headers.host ??= request.headers[":authority"] as string | undefined;
		if (!page(request, response)) holdfast.handle(request, response, app && (() => app.handle(request, response)));
	};
	answerClientErrors(server);
	server.on("request", handle);
	server.on("checkContinue", (request: http.IncomingMessage, response: http.ServerResponse) => {
		// Who asks first is spared the upload that would be refused; the refusal itself is the library's.
		const most = request.url?.startsWith("/v1/messages") ? batchBytes : maxMessageBytes;
		const ours = request.url?.startsWith("/v1/");
		if (!ours || !(Number(request.headers["content-length"]) > most)) response.writeContinue();
		server.emit("request", request, response);
	});
	server.on("upgrade", (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
		const others = app?.upgrade && (() => app.upgrade?.(request, socket, head));
		if (isWebSocket(request)) holdfast.upgrade(request, socket, head, others);
		else declineUpgrade(server, request, socket, head);
	});
	return server;
}

function makePlainServer({ maxHeaderBytes, headersTimeout, requestTimeout }: Settings["http"], holdfast: Holdfast): http.Server {
	const server = http.createServer({
		maxHeaderSize: maxHeaderBytes,
		headersTimeout,
		requestTimeout,
		// Looked at each second, so that a request that never ends is over about when it should be.
		connectionsCheckingInterval: 1000,
	});
	holdfast.fastLane(server);
	return server;
}

/** The URL of a server that listens, with the port it really has. */
export function urlOf(server: Server, { tls }: Pick<Settings, "tls">): string {
	const { address, family, port } = server.address() as AddressInfo;
	return `${tls === undefined ? "http" : "https"}://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

const reasons: Readonly<Record<string, string>> = {
	EADDRINUSE: "the port is in use",
	EACCES: "this user may not listen on that port",
	EADDRNOTAVAIL: "this machine does not have that address",
	ENOTFOUND: "no such host is known",
	EAI_AGAIN: "no such host is known",
};

/** @throws CommandError when the port is taken, or not ours to take. */
export function listen(server: Server, host: string, port: number): Promise<void> {
	return new Promise((resolve, reject) => {
		const failed = (cause: NodeJS.ErrnoException) => {
			const reason = reasons[cause.code ?? ""] ?? cause.message;
			reject(new CommandError("unavailable", `cannot listen on ${host} port ${port}: ${reason}`, { cause }));
		};
		server.once("error", failed);
		server.listen({ host, port }, () => {
			server.off("error", failed);
			resolve();
		});
	});
}
