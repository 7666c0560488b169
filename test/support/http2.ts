/** A client of HTTP/2 that trusts anyone, and shows what it is told stream by stream. */
import { once } from "node:events";
import {
	type ClientHttp2Session,
	type ClientHttp2Stream,
	type ClientSessionOptions,
	connect,
	type IncomingHttpHeaders,
	type OutgoingHttpHeaders,
	type SecureClientSessionOptions,
} from "node:http2";

export interface Told {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly text: string;
	// biome-ignore lint/suspicious/noExplicitAny: what a test looks into is what the test says it is.
	readonly json: any;
}

export async function openSession(
	url: string,
	options: ClientSessionOptions & SecureClientSessionOptions = {},
): Promise<ClientHttp2Session> {
	const session = connect(url, { rejectUnauthorized: false, ...options });
	session.on("error", () => undefined);
	await once(session, "remoteSettings");
	return session;
}

/** A body is sent as JSON, or as what its type is said to be. */
export async function tell(
	session: ClientHttp2Session,
	path: string,
	headers: OutgoingHttpHeaders = {},
	body?: string,
): Promise<Told> {
	const type = body === undefined ? {} : { ":method": "POST", "content-type": "application/json" };
	const stream = session.request({ ":path": path, ...type, ...headers }, { endStream: body === undefined });
	if (body !== undefined) stream.end(body);
	const [head] = (await once(stream, "response")) as [IncomingHttpHeaders & { ":status"?: number }];
	let text = "";
	for await (const chunk of stream) text += chunk;
	return { status: head[":status"] ?? 0, headers: head, text, json: parse(text) };
}

export interface Following {
	readonly stream: ClientHttp2Stream;
	readonly text: string;
	/** Resolves with all that has come once `pattern` is in it. */
	until(pattern: string): Promise<string>;
	readonly closed: Promise<void>;
}

/** An event stream. */
export function follow(session: ClientHttp2Session, path: string, headers: OutgoingHttpHeaders = {}): Following {
	const stream = session.request({ ":path": path, accept: "text/event-stream", ...headers });
	let text = "";
	let look = () => {};
	let over = false;
	stream.setEncoding("utf8").on("data", (chunk: string) => {
		text += chunk;
		look();
	});
	stream.on("error", () => undefined);
	const closed = new Promise<void>((resolve) => {
		stream.once("close", () => {
			over = true;
			look();
			resolve();
		});
	});
	return {
		stream,
		get text() {
			return text;
		},
		until: (pattern) =>
			new Promise((resolve, reject) => {
				look = () => {
					if (text.includes(pattern)) resolve(text);
					else if (over) reject(new Error(`The stream ended without ${pattern}: ${text.slice(0, 500)}`));
				};
				look();
			}),
		closed,
	};
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
