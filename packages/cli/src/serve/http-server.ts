/** The HTTP server around a Holdfast: limits, the page, and answers to what is no request. */
import http from "node:http";
import type { AddressInfo, Server } from "node:net";
import type { Holdfast } from "@holdfast/server";
import { CommandError } from "../exit-codes.ts";
import type { Settings } from "../settings/resolve.ts";
import type { App } from "./app.ts";
import { answerClientErrors } from "./client-error.ts";
import type { ConsolePage } from "./console-page.ts";
import { declineUpgrade, isWebSocket } from "./other-upgrade.ts";

/** How much `POST /v1/messages` takes, whatever one message may be. */
const batchBytes = 1024 * 1024;

export interface Parts {
	readonly holdfast: Holdfast;
	readonly page: ConsolePage;
	readonly app?: App | undefined;
}

export function makeHttpServer({ holdfast, page, app }: Parts, settings: Settings, maxMessageBytes: number): http.Server {
	const { maxHeaderBytes, headersTimeout, requestTimeout } = settings.http;
	const server = http.createServer({
		maxHeaderSize: maxHeaderBytes,
		headersTimeout,
		requestTimeout,
		// Looked at each second, so that a request that never ends is over about when it should be.
		connectionsCheckingInterval: 1000,
	});
	const handle = (request: http.IncomingMessage, response: http.ServerResponse) => {
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
	server.on("upgrade", (request, socket, head) => {
		const others = app?.upgrade && (() => app.upgrade?.(request, socket, head));
		if (isWebSocket(request)) holdfast.upgrade(request, socket, head, others);
		else declineUpgrade(server, request, socket, head);
	});
	return server;
}

/** The URL of a server that listens, with the port it really has. */
export function urlOf(server: Server): string {
	const { address, family, port } = server.address() as AddressInfo;
	return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
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
