/**
 * The forms that tutorials use, as they use them. They lose messages: that is what they are here for.
 *
 * - `hold`: a request is held until the next message, and knows no place. What comes between two requests is gone.
 * - `queue`: a queue for each user in memory, emptied as it is sent. All readers of a column are the same user here.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";

export interface Naive {
	/** A new message, as JSON. */
	tell(text: string): void;
	handle(request: IncomingMessage, response: ServerResponse): void;
	upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Someone who is there, and can be sent messages. */
interface Present {
	/** For a poll that is held this is the end. */
	send(texts: readonly string[]): void;
}

/** This bound is no tutorial's, but the memory is ours. */
const longestQueue = 1000;

const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1024, clientTracking: false });

/** `mostPresent`: readers at once, the others are refused. */
export function naive(form: "hold" | "queue", mostPresent: number): Naive {
	const present = new Set<Present>();
	const waiting: string[] = [];
	let newest: string | undefined;
	/** Nobody is queued for before the first visit. */
	let known = false;

	const arrive = (one: Present, gone: (leave: () => void) => void) => {
		known = true;
		if (form === "queue" && waiting.length > 0) one.send(waiting.splice(0));
		present.add(one);
		gone(() => present.delete(one));
	};

	const poll = (response: ServerResponse) => {
		known = true;
		answer(response, form === "queue" ? waiting.splice(0) : newest === undefined ? [] : [newest]);
	};

	const longPoll = (response: ServerResponse, seconds: number) => {
		if (form === "queue" && waiting.length > 0) return poll(response);
		// For as long for everyone: who came together ends together.
		const timer = setTimeout(() => held.send([]), seconds * 1000);
		response.once("close", () => clearTimeout(timer));
		const held: Present = {
			send(texts) {
				present.delete(held);
				answer(response, texts);
			},
		};
		arrive(held, (leave) => response.once("close", leave));
	};

	const stream = (response: ServerResponse) => {
		response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" }).flushHeaders();
		const send = (texts: readonly string[]) => {
			for (const text of texts) response.write(`data: ${text}\n\n`);
		};
		arrive({ send }, (leave) => response.once("close", leave));
	};

	return {
		tell(text) {
			newest = text;
			if (form === "hold") {
				// All in one turn of the event loop.
				for (const one of [...present]) one.send([text]);
				return;
			}
			// Whoever came last has taken the user's place: `connections[user] = response`.
			const last = [...present].at(-1);
			if (last !== undefined) last.send([text]);
			else if (known && waiting.push(text) > longestQueue) waiting.shift();
		},
		handle(request, response) {
			const { accept = "" } = request.headers;
			const [, wait] = /[?&]wait=(\d{1,2})\b/.exec(request.url ?? "") ?? [];
			if (present.size >= mostPresent) response.writeHead(503).end();
			else if (accept.includes("text/event-stream")) stream(response);
			else if (wait === undefined) poll(response);
			else longPoll(response, Number(wait));
		},
		upgrade(request, socket, head) {
			if (present.size >= mostPresent) return void socket.end("HTTP/1.1 503 Service Unavailable\r\n\r\n");
			sockets.handleUpgrade(request, socket, head, (opened) => {
				const send = (texts: readonly string[]) => {
					for (const text of texts) opened.send(text);
				};
				opened.on("error", () => undefined);
				arrive({ send }, (leave) => opened.once("close", leave));
			});
		},
	};
}

function answer(response: ServerResponse, texts: readonly string[]): void {
	const body = Buffer.from(`[${texts.join(",")}]`);
	const headers = { "Content-Type": "application/json", "Cache-Control": "no-store", "Content-Length": body.length };
	response.writeHead(200, headers).end(body);
}
