/** The four transports as a reader of raw HTTP and WebSockets has them. */
import { Agent, type IncomingMessage, request } from "node:http";
import { WebSocket } from "ws";
import { between, type Reader, type Way, type WireGap, type WireMessage } from "./reader.ts";

const agent = new Agent({ keepAlive: true, keepAliveMsecs: 1000 });

interface Page {
	readonly messages: readonly WireMessage[];
	readonly next: string;
	readonly more: boolean;
	readonly gap?: WireGap;
	readonly gaps?: readonly WireGap[];
}

export const shortPoll: Way = async (reader, front) => {
	const wait = await poll(reader, front, "");
	return wait ?? between(700, 1000);
};

/** Reads what comes together: a pause between two polls makes one answer of several messages. */
export const longPoll: Way = async (reader, front) => {
	const wait = await poll(reader, front, "&wait=20");
	return wait ?? between(200, 400);
};

/** Answers how long the server wants to be left alone, or 0 where there is more. */
async function poll(reader: Reader, front: string, wait: string): Promise<number | undefined> {
	const response = await ask(reader, `${front}${reader.path}${wait}`, {}, agent);
	const text = await textOf(response);
	if (response.statusCode !== 200) return refused(reader, response, text);
	const { messages, next, more, gap, gaps = gap ? [gap] : [] } = JSON.parse(text) as Page;
	for (const one of gaps) reader.gap(one);
	for (const message of messages) reader.message(message);
	reader.cursor = next;
	return more ? 0 : undefined;
}

export const sse: Way = async (reader, front) => {
	const response = await ask(reader, `${front}${reader.path}`, { Accept: "text/event-stream" }, false);
	if (response.statusCode !== 200) return refused(reader, response, await textOf(response));
	let text = "";
	let retry = 500;
	response.setEncoding("utf8").on("data", (chunk: string) => {
		const blocks = (text + chunk).split("\n\n");
		text = blocks.pop() ?? "";
		for (const block of blocks) retry = event(reader, block) ?? retry;
	});
	await new Promise<void>((resolve) => response.once("close", resolve).on("error", () => undefined));
	return retry;
};

/** Answers how long to wait before coming back, where it says so. */
function event(reader: Reader, block: string): number | undefined {
	const fields = new Map<string, string>();
	for (const line of block.split("\n")) {
		const [name = ""] = line.split(": ", 1);
		fields.set(name, line.slice(name.length + 2));
	}
	const [name = "", data, id] = ["event", "data", "id"].map((field) => fields.get(field));
	if (data !== undefined && name === "$gap") reader.gap(JSON.parse(data));
	else if (data !== undefined && !name.startsWith("$")) reader.message(JSON.parse(data));
	if (id !== undefined) reader.cursor = id;
	const retry = fields.get("retry");
	return retry === undefined ? undefined : Number(retry);
}

export const plainSocket: Way = (reader, front) =>
	overSocket(reader, new WebSocket(`${front.replace("http", "ws")}${reader.path}`, { perMessageDeflate: false }), (frame) => {
		if (frame.op === undefined) reader.message(frame as WireMessage);
		else if (frame.op === "gap") reader.gap(frame as WireGap);
		reader.cursor = (frame.op === undefined ? (frame.next ?? frame.id) : frame.next) ?? reader.cursor;
	});

export const fullSocket: Way = (reader, front) => {
	const socket = new WebSocket(`${front.replace("http", "ws")}/v1/socket`, "holdfast.v1", { perMessageDeflate: false });
	const subscribe = () => {
		for (const [channel, { cursor }] of reader.places) {
			socket.send(JSON.stringify({ op: "subscribe", ref: 1, channel, after: cursor }));
		}
	};
	return overSocket(reader, socket, (frame) => {
		if (frame.op === "message") reader.message(frame as WireMessage);
		else if (frame.op === "gap") reader.gap(frame as WireGap);
		else if (frame.op === "hello") subscribe();
		// It opens its next connection when this one has ended: then nothing is told twice.
		else if (frame.op === "goaway") setTimeout(() => socket.close(), frame.delay);
		else if (frame.op === "error") {
			if (!passing.has(frame.code ?? "")) reader.troubles.push(`${reader.name}: ${JSON.stringify(frame)}`);
			socket.close();
		}
	});
};

const passing: ReadonlySet<string> = new Set(["store_unavailable", "overloaded", "draining"]);

interface Frame extends Partial<WireMessage>, Partial<Omit<WireGap, "channel">> {
	readonly op?: string;
	readonly delay?: number;
	readonly code?: string;
}

function overSocket(reader: Reader, socket: WebSocket, told: (frame: Frame) => void): Promise<number> {
	reader.cut = () => socket.terminate();
	socket.on("message", (data) => told(JSON.parse(String(data))));
	socket.on("error", () => undefined);
	return new Promise((resolve) => {
		socket.once("close", (code, reason) => {
			if (code >= 4500) reader.troubles.push(`${reader.name}: closed with ${code} ${reason}`);
			resolve(code >= 4000 ? between(50, 300) : between(300, 900));
		});
	});
}

function ask(reader: Reader, url: string, headers: Record<string, string>, by: Agent | false): Promise<IncomingMessage> {
	return new Promise((resolve, reject) => {
		const asked = request(url, { headers, agent: by }, resolve);
		asked.on("error", reject).end();
		reader.cut = () => asked.destroy();
	});
}

async function textOf(response: IncomingMessage): Promise<string> {
	let text = "";
	for await (const chunk of response.setEncoding("utf8")) text += chunk;
	return text;
}

function refused(reader: Reader, { statusCode = 0, headers }: IncomingMessage, text: string): number {
	// 502 and 504 are nginx's, for a node that has just gone.
	if (![502, 503, 504].includes(statusCode)) reader.troubles.push(`${reader.name}: answered ${statusCode} ${text}`);
	const seconds = Number(headers["retry-after"] ?? 0.5);
	return between(seconds * 1000, seconds * 1250);
}
