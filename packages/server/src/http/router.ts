/** WHAT WAS ASKED. One table of routes; everything that a request can meet on its way to one. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { HoldfastError } from "@holdfast/protocol";
import { describeChannel, listChannels, removeChannel } from "./channels.ts";
import { serveClient, serveWorker } from "./client-module.ts";
import { disconnect, issueTicket, listConnections, revoke } from "./control.ts";
import { livez, readyz } from "./health.ts";
import { serveMetrics } from "./metrics.ts";
import { publishBatch, publishOne } from "./publish.ts";
import { readMessages } from "./read.ts";
import { sendError } from "./respond.ts";
import type { Service } from "./service.ts";
import { type Query, queryOf, segmentsOf } from "./target.ts";
import { turnOf } from "./turn.ts";

type Handler = (
	service: Service,
	request: IncomingMessage,
	response: ServerResponse,
	query: Query,
	channel: string,
) => Promise<void> | undefined;

interface Route {
	/** Path segments; `*` is a channel, or a connection. */
	readonly path: readonly string[];
	readonly methods: Readonly<Record<string, Handler>>;
	/** There is such a route only where the service has this. */
	readonly needs?: "metrics";
}

/** Opened by an upgrade; an ordinary request is told so. */
const upgradeOnly: Handler = async () => {
	throw new HoldfastError("bad_request", "Open this route as a WebSocket with the subprotocol holdfast.v1.");
};

const readSet: Handler = (service, request, response, query) => readMessages(service, request, response, query);

export const routes: readonly Route[] = [
	{ path: ["v1", "channels", "*", "messages"], methods: { GET: readMessages, HEAD: readMessages, POST: publishOne } },
	{ path: ["v1", "messages"], methods: { GET: readSet, HEAD: readSet, POST: publishBatch } },
	{ path: ["v1", "channels", "*"], methods: { GET: describeChannel, HEAD: describeChannel, DELETE: removeChannel } },
	{ path: ["v1", "channels"], methods: { GET: listChannels, HEAD: listChannels } },
	{ path: ["v1", "socket"], methods: { GET: upgradeOnly } },
	{ path: ["v1", "tickets"], methods: { POST: issueTicket } },
	{ path: ["v1", "revocations"], methods: { POST: revoke } },
	{ path: ["v1", "connections"], methods: { GET: listConnections, HEAD: listConnections } },
	{ path: ["v1", "connections", "*"], methods: { DELETE: disconnect } },
	{ path: ["livez"], methods: { GET: livez, HEAD: livez } },
	{ path: ["readyz"], methods: { GET: readyz, HEAD: readyz } },
	{ path: ["metrics"], methods: { GET: serveMetrics, HEAD: serveMetrics }, needs: "metrics" },
	{ path: ["holdfast.js"], methods: { GET: serveClient, HEAD: serveClient } },
	{ path: ["holdfast-worker.js"], methods: { GET: serveWorker, HEAD: serveWorker } },
];

/** A route, and what of the target it is to look at. */
export interface Found {
	readonly route: Route;
	readonly segment: string;
	readonly query: Query;
}

export function findRoute(service: Service, url: string): Found | undefined {
	const segments = segmentsOf(url, service.prefix);
	const route = routes.find(({ path, needs }) => fits(path, segments) && (needs === undefined || service[needs] !== undefined));
	return route && { route, segment: segments[route.path.indexOf("*")] ?? "", query: queryOf(url) };
}

/** `next` is called for what is no route of ours; without it the answer is 404. */
export function route(service: Service, request: IncomingMessage, response: ServerResponse, next?: () => void): void {
	const found = findRoute(service, request.url ?? "/");
	if (found === undefined && next !== undefined) next();
	else void answerFound(service, request, response, found);
}

/** Answers with what was found; an error is an answer too. Never rejects; without a promise it has been done. */
export function answerFound(
	service: Service,
	request: IncomingMessage,
	response: ServerResponse,
	found: Found | undefined,
): Promise<void> | undefined {
	const failed = (error: unknown) => sendError(request, response, error, service.random);
	try {
		// Before anything can be refused, so that a page may read why.
		service.origins.allow(request, response);
		if (found === undefined) throw new HoldfastError("not_found", "There is no such route here.");
		return answer(service, request, response, found)?.catch(failed);
	} catch (error) {
		failed(error);
		return undefined;
	}
}

function answer(
	service: Service,
	request: IncomingMessage,
	response: ServerResponse,
	{ route: { methods, path }, segment, query }: Found,
): Promise<void> | undefined {
	const allowed = () => [...Object.keys(methods), "OPTIONS"].join(", ");
	const method = request.method ?? "GET";
	if (method === "OPTIONS") {
		service.origins.preflight(response, allowed());
		response.writeHead(204, { Allow: allowed() }).end();
		return undefined;
	}
	const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
	if (handler === undefined) {
		response.setHeader("Allow", allowed());
		throw new HoldfastError("method_not_allowed", `Use ${allowed()}.`);
	}
	query.check();
	const isRead = method === "GET" || method === "HEAD";
	if (!isRead) service.origins.check(request);
	// Whether the process lives must be known above all when it is busy; and its pages load before their readers come.
	const enter = () => (path[0] === "v1" ? service.connections.enter(request, (leave) => whenClosed(response, leave)) : undefined);
	const handle = () => handler(service, request, response, query, segment);
	// Streams of HTTP/2 take no turns, and say so in the same way as who stands first.
	if (isRead && response.socket === null) return turnOf(request, response).then(enter).then(handle);
	const entered = enter();
	return entered === undefined ? handle() : entered.then(handle);
}

function whenClosed(response: ServerResponse, run: () => void): () => void {
	response.once("close", run);
	return () => void response.off("close", run);
}

function fits(path: readonly string[], segments: readonly string[]): boolean {
	return path.length === segments.length && path.every((part, i) => part === "*" || part === segments[i]);
}
