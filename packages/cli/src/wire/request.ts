/** Requests over `node:http`, which shows the socket to those who want to watch it. */
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { CommandError } from "../exit-codes.ts";
import { Broken, Refused } from "./ending.ts";

export interface Server {
	readonly url: URL;
	readonly token: string | undefined;
}

export interface Call {
	readonly server: Server;
	/** Path and query below the server's URL. */
	readonly target: string;
	readonly agent: http.Agent;
	readonly signal?: AbortSignal;
	/** Milliseconds of silence after which the connection counts as dead. */
	readonly silence: number;
	readonly headers?: Readonly<Record<string, string>>;
	/** Sent as JSON by POST. */
	readonly body?: string;
}

/** The longest answer, event or frame that is taken in: more is a broken server, not a message. */
export const longestAnswer = 100 * 1024 * 1024;

export function parseServer(text: string, token: string | undefined): Server {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (url === undefined || !/^https?:$/.test(url.protocol)) {
		throw new CommandError("usage", `${JSON.stringify(text)} is not the URL of a server, such as http://127.0.0.1:8080`);
	}
	return { url, token };
}

/** Where `target` lies on a server that may be mounted below a path. */
export function address(server: Server, target: string): URL {
	return new URL(server.url.pathname.replace(/\/+$/, "") + target, server.url);
}

export function authorization(server: Server): Record<string, string> {
	return server.token === undefined ? {} : { Authorization: `Bearer ${server.token}` };
}

/** Keeps one connection for call after call; `opened` sees each socket before its first byte. */
export function makeAgent(server: Server, opened?: (socket: Socket) => void): http.Agent {
	const options = { keepAlive: true, maxSockets: 1 };
	const agent = server.url.protocol === "https:" ? new https.Agent(options) : new http.Agent(options);
	if (opened !== undefined) {
		const connect = agent.createConnection.bind(agent);
		agent.createConnection = (connectOptions, done) => {
			const socket = connect(connectOptions, done);
			if (socket) opened(socket as Socket);
			return socket;
		};
	}
	return agent;
}

/** @throws Broken when no answer comes. */
export function send(call: Call): Promise<IncomingMessage> {
	const { server, body, agent, signal, silence } = call;
	const url = address(server, call.target);
	const headers = { ...authorization(server), ...call.headers };
	const type =
		body === undefined ? {} : { "Content-Type": "application/json", "Content-Length": String(Buffer.byteLength(body)) };
	const { request } = url.protocol === "https:" ? https : http;
	return new Promise((resolve, reject) => {
		const sent = request(url, {
			method: body === undefined ? "GET" : "POST",
			headers: { ...headers, ...type },
			agent,
		});
		const abandon = () => sent.destroy();
		signal?.addEventListener("abort", abandon);
		sent.on("close", () => signal?.removeEventListener("abort", abandon));
		sent.setTimeout(silence, () => sent.destroy(new Error(`silent for ${silence / 1000} s`)));
		sent.on("response", (response) => {
			// An answer that is abandoned tells its error when no one reads any more; those who read are told by the reading.
			response.on("error", () => undefined);
			resolve(response);
		});
		sent.on("error", (cause) => reject(new Broken(`${url.host}: ${describe(cause)}`, { answered: false, cause })));
		sent.end(body);
	});
}

/**
 * The whole answer as text.
 *
 * @throws Broken when it breaks off.
 */
export async function readText(response: IncomingMessage): Promise<string> {
	response.setEncoding("utf8");
	let text = "";
	try {
		for await (const part of response) {
			text += part;
			if (text.length > longestAnswer) throw new Error("the answer has no end");
		}
	} catch (cause) {
		throw new Broken(`the answer broke off: ${describe(cause)}`, { cause });
	}
	return text;
}

/**
 * The error that an answer with a failing status and `body` stands for. Statuses that a server or a proxy before it may take
 * back are Broken, the rest is Refused.
 */
export function failure(response: IncomingMessage, body: string): Broken | Refused {
	const status = response.statusCode ?? 0;
	const line = `${status} ${detail(body) ?? response.statusMessage ?? ""}`.trim();
	const wait = retryAfter(response);
	if (status === 429) return new Broken(line, { wait, paced: true });
	if (status === 408 || status >= 500) return new Broken(line, { wait });
	return new Refused(line);
}

export function describe(error: unknown): string {
	if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
	return error instanceof Error ? error.message : String(error);
}

/** `code: detail` of a problem object, where the body is one. */
export function problemLine(value: unknown): string | undefined {
	if (typeof value !== "object" || value === null || !("code" in value)) return undefined;
	const { code, detail: told } = value as { code: unknown; detail?: unknown };
	return typeof told === "string" ? `${String(code)}: ${told}` : String(code);
}

function detail(body: string): string | undefined {
	try {
		return problemLine(JSON.parse(body));
	} catch {
		return undefined;
	}
}

/** In milliseconds; the header holds seconds or a date. */
function retryAfter(response: IncomingMessage): number | undefined {
	const text = response.headers["retry-after"];
	if (text === undefined) return undefined;
	if (/^\d{1,6}$/.test(text)) return Number(text) * 1000;
	const wait = Date.parse(text) - Date.parse(response.headers.date ?? "");
	return wait > 0 ? wait : undefined;
}
