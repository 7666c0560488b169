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
) => Promise<void>;

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
export async function route(
	service: Service,
	request: IncomingMessage,
	response: ServerResponse,
	next?: () => void,
): Promise<void> {
	const found = findRoute(service, request.url ?? "/");
	if (found === undefined && next !== undefined) next();
	else await answerFound(service, request, response, found);
}

/** Answers with what was found; an error is an answer too. */
export async function answerFound(
	service: Service,
	request: IncomingMessage,
	response: ServerResponse,
	found: Found | undefined,
): Promise<void> {
	try {
		// Before anything can be refused, so that a page may read why.
		service.origins.allow(request, response);
		if (found === undefined) throw new HoldfastError("not_found", "There is no such route here.");
		await answer(service, request, response, found);
	} catch (error) {
		sendError(request, response, error, service.random);
	}
}

async function answer(
	service: Service,
	request: IncomingMessage,
	response: ServerResponse,
	{ route: { methods, path }, segment, query }: Found,
): Promise<void> {
	const allowed = [...Object.keys(methods), "OPTIONS"].join(", ");
	const method = request.method ?? "GET";
	if (method === "OPTIONS") {
		service.origins.preflight(response, allowed);
		response.writeHead(204, { Allow: allowed }).end();
		return;
	}
	const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
	if (handler === undefined) {
		response.setHeader("Allow", allowed);
		throw new HoldfastError("method_not_allowed", `Use ${allowed}.`);
	}
	if (method !== "GET" && method !== "HEAD") service.origins.check(request);
	// Streams of HTTP/2 take no turns, and say so in the same way as who stands first.
	else if (response.socket === null) await turnOf(request, response);
	// Whether the process lives must be known above all when it is busy; and its pages load before their readers come.
	if (path[0] === "v1") {
		const turn = service.connections.enter(request, (leave) => whenClosed(response, leave));
		if (turn !== undefined) await turn;
	}
	await handler(service, request, response, query, segment);
}

function whenClosed(response: ServerResponse, run: () => void): () => void {
	response.once("close", run);
	return () => void response.off("close", run);
}

function fits(path: readonly string[], segments: readonly string[]): boolean {
	return path.length === segments.length && path.every((part, i) => part === "*" || part === segments[i]);
}
