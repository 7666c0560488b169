/** One HTTP request with exactly the headers that are given, and its answer. */
import { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request } from "node:http";

export interface Ask {
	readonly method?: string;
	readonly headers?: OutgoingHttpHeaders;
	/** A value that is no string and no bytes is sent as JSON, with its type. */
	readonly body?: unknown;
}

export interface Answer {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly text: string;
	/** The body as JSON; undefined when it is none. */
	// biome-ignore lint/suspicious/noExplicitAny: what a test looks into is what the test says it is.
	readonly json: any;
}

export async function ask(url: string, { method, headers = {}, body }: Ask = {}): Promise<Answer> {
	const given = body === undefined || typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
	const type = given === body ? {} : { "Content-Type": "application/json" };
	// Never as a string: Node would then write headers and body as one, in UTF-8.
	const bytes = typeof given === "string" ? Buffer.from(given) : given;
	const asked = request(url, {
		method: method ?? (body === undefined ? "GET" : "POST"),
		headers: { ...type, ...(bytes === undefined ? {} : { "Content-Length": bytes.byteLength }), ...headers },
		agent: false,
	});
	const response = await new Promise<IncomingMessage>((resolve, reject) => {
		asked.once("response", resolve).once("error", reject);
		asked.end(bytes);
	});
	const chunks: Buffer[] = [];
	for await (const chunk of response) chunks.push(chunk);
	const text = Buffer.concat(chunks).toString();
	return { status: response.statusCode ?? 0, headers: response.headers, text, json: parse(text) };
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
