/** Answers, and the one mapping of errors to them. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type ErrorCode, errors, HoldfastError, problem, readTraceparent, sseBye } from "@holdfast/protocol";
import type { Clock, Random } from "../clock.ts";
import { type Asked, diagnostics } from "../diagnostics.ts";
import { isGone } from "../transport/outlet.ts";
import { sseHeaders } from "../transport/sse.ts";
import { wantsEvents } from "./parameters.ts";

const jsonHeaders = { "Content-Type": "application/json", "Cache-Control": "no-store" };

export type Headers = Readonly<Record<string, string | number>>;

export function sendJson(response: ServerResponse, status: number, body: string | Buffer, headers: Headers = {}): void {
	send(response, status, body, { ...jsonHeaders, ...headers });
}

/** The head of an answer whose body, of `length` bytes, the caller sends. */
export function startJson(response: ServerResponse, status: number, length: number, headers: Headers): void {
	response.writeHead(status, { ...jsonHeaders, "Content-Length": length, ...headers });
}

export function send(response: ServerResponse, status: number, body: string | Buffer, headers: Headers): void {
	// The client may have gone while the answer was made.
	if (response.headersSent || isGone(response)) return;
	response.writeHead(status, { "Content-Length": Buffer.byteLength(body), ...headers });
	// HTTP/1.1 leaves the body of a HEAD out by itself; to HTTP/2 it is an error.
	response.end(response.req.method === "HEAD" ? undefined : body);
}

/** What the error is to a client: an error of ours as it is, anything else a fault, which is told to whoever listens. */
export function asHoldfastError(error: unknown, during: string, asked?: Asked): HoldfastError {
	if (error instanceof HoldfastError) return error;
	diagnostics.fault.tell({ during, error, ...(asked && { asked }) });
	return new HoldfastError("internal", "The server failed; what happened is in its log.", { cause: error });
}

export function sendError(request: IncomingMessage, response: ServerResponse, cause: unknown, random: Random): void {
	const [error, asked] = refusalOf(request, cause, "request", random);
	const reason = byeReasons[error.code];
	if (reason !== undefined && request.method === "GET" && wantsEvents(request)) {
		// EventSource gives up for ever on any status but 200: what will pass is told inside the stream.
		send(response, 200, sseBye(reason, retryOf(error, random)), { ...sseHeaders, ...idHeader(error, asked) });
		return;
	}
	send(response, errors[error.code].status, problemBody(error), { ...problemHeaders(error), ...idHeader(error, asked) });
}

/** What the error is to who asked, which is told to whoever listens. */
function refusalOf(request: IncomingMessage, cause: unknown, during: string, random: Random): [HoldfastError, Asked] {
	const asked = nameRequest(request, random);
	const error = asHoldfastError(cause, during, asked);
	tellRefused(error, asked);
	return [error, asked];
}

export function tellRefused({ code, message: detail }: HoldfastError, asked: Asked): void {
	diagnostics.refused.tell({ code, status: errors[code].status, detail, asked });
}

/** A path may be as long as all headers together. */
const longestPath = 300;

/** The id is ours: one that a client may choose could be made to look like another's, or like a line of the log. */
function nameRequest({ method = "", url = "/", headers }: IncomingMessage, random: Random): Asked {
	const traceparent = readTraceparent(String(headers["traceparent"]));
	const path = (url.split(/[?#]/, 1)[0] ?? "").slice(0, longestPath);
	return { id: newId(random), method, path, ...(traceparent === undefined ? {} : { traceparent }) };
}

/** Names a request or a connection in logs; no secret. */
export function newId(random: Random): string {
	return Math.floor(random() * 2 ** 48).toString(36);
}

/** What failed with us has a line in the log, and this finds it. */
function idHeader({ code }: HoldfastError, { id }: Asked): Headers {
	return id === undefined || errors[code].status < 500 ? {} : { "X-Request-Id": id };
}

/** Time to read the refusal of an upgrade, in milliseconds. */
const lastWords = 5000;

/** Answers an upgrade that is refused, on the bare socket, which is nobody's any more: it is read to its end here. */
export function refuseUpgrade(
	{ clock, random }: { readonly clock: Clock; readonly random: Random },
	request: IncomingMessage,
	socket: Duplex,
	cause: unknown,
): void {
	const [error, asked] = refusalOf(request, cause, "upgrade", random);
	const body = problemBody(error);
	const headers = {
		...problemHeaders(error),
		...idHeader(error, asked),
		...(error.code === "method_not_allowed" ? { Allow: "GET" } : {}),
		// A client of another version learns which one to use (RFC 6455, section 4.4).
		"Sec-WebSocket-Version": 13,
		"Content-Length": Buffer.byteLength(body),
		Connection: "close",
	};
	const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
	const { status, title } = errors[error.code];
	socket.resume().end(`HTTP/1.1 ${status} ${title}\r\n${lines.join("")}\r\n${body}`);
	clock.after(lastWords, () => socket.destroy());
}

const byeReasons: Partial<Record<ErrorCode, "draining" | "overload" | "rate">> = {
	draining: "draining",
	overloaded: "overload",
	store_unavailable: "overload",
	rate_limited: "rate",
};

function problemBody(error: HoldfastError): string {
	return JSON.stringify(problem(error.code, error.message, error));
}

function problemHeaders(error: HoldfastError): Headers {
	const { status, retry } = errors[error.code];
	return {
		"Content-Type": "application/problem+json",
		"Cache-Control": "no-store",
		...(retry && (status === 429 || status === 503) ? { "Retry-After": error.retryAfter ?? 2 } : {}),
		...(status === 401 ? { "WWW-Authenticate": "Bearer" } : {}),
	};
}

function retryOf(error: HoldfastError, random: Random): number {
	const least = (error.retryAfter ?? 2) * 1000;
	return Math.round(least * (1 + random()));
}
