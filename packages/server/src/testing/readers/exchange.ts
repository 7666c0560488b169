import { type Agent, type IncomingMessage, request } from "node:http";
import type { Target } from "./way.ts";

export interface Asked {
	readonly method?: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string | Uint8Array;
	readonly agent?: Agent;
	readonly signal?: AbortSignal;
}

export interface Answered {
	readonly status: number;
	readonly headers: IncomingMessage["headers"];
	readonly body: string;
	/** The body as JSON. */
	readonly json: () => unknown;
}

/** One request; resolves with the head of the answer, whose body is still to come. */
export function ask({ host, port }: Target, path: string, asked: Asked = {}): Promise<IncomingMessage> {
	const { method = "GET", headers = {}, body, agent = false, signal } = asked;
	return new Promise((resolve, reject) => {
		const sent = request({ host, port, path, method, headers, agent, ...(signal === undefined ? {} : { signal }) }, resolve);
		sent.once("error", reject);
		sent.end(body);
	});
}

/** One request and its whole answer. */
export async function exchange(target: Target, path: string, asked: Asked = {}): Promise<Answered> {
	const response = await ask(target, path, asked);
	const chunks: Buffer[] = [];
	for await (const chunk of response) chunks.push(chunk as Buffer);
	const body = Buffer.concat(chunks).toString();
	return { status: response.statusCode ?? 0, headers: response.headers, body, json: () => JSON.parse(body) };
}
