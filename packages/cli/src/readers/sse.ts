/** Server-Sent Events over a plain request, coming back as a browser's EventSource does: the same URL, and `Last-Event-ID`. */
import type { IncomingMessage } from "node:http";
import { Broken, Refused } from "../wire/ending.ts";
import { describe, failure, longestAnswer, readText, send } from "../wire/request.ts";
import { asGap, asMessage, asNext, fields, parseJson, type Reader, type Reading, resource } from "./reader.ts";
import { type SseEvent, SseParser } from "./sse-parser.ts";

/** The server sends a comment at least every 15 s; three missing ones are a dead connection. */
const silence = 45_000;

export const readSse: Reader = async (reading) => {
	const back: Record<string, string> = reading.cursor === undefined ? {} : { "Last-Event-ID": reading.cursor };
	const response = await send({
		...reading,
		target: resource(reading.channels, [reading.start]),
		silence,
		headers: { Accept: "text/event-stream", ...back },
	});
	reading.trace?.response(response);
	if (response.statusCode !== 200) {
		const body = await readText(response);
		reading.trace?.body(body);
		throw failure(response, body);
	}
	if (!response.headers["content-type"]?.startsWith("text/event-stream")) {
		response.destroy();
		throw new Refused("the server answered with something else than an event stream");
	}
	const parser = new SseParser(longestAnswer, (line) => reading.trace?.line(line));
	await readEvents(reading, response, parser);
};

async function readEvents(reading: Reading, response: IncomingMessage, parser: SseParser): Promise<void> {
	let cause: unknown;
	let reason = "the stream ended";
	response.setEncoding("utf8");
	try {
		for await (const piece of response) {
			for (const event of parser.push(piece)) {
				if (reading.signal.aborted) return;
				if (event.event === "$bye") reason = `the server ended the stream: ${String(fields(parseJson(event.data))["reason"])}`;
				else await tellEvent(reading, event);
			}
		}
	} catch (error) {
		if (reading.signal.aborted) return;
		if (error instanceof Broken) throw error;
		cause = error;
		reason = `the stream broke off: ${describe(error)}`;
	}
	throw new Broken(reason, { wait: parser.retry, cause });
}

function tellEvent(reading: Reading, { event, data, id }: SseEvent): Promise<void> | undefined {
	const value = parseJson(data);
	if (event === "$gap") {
		const gap = asGap(value);
		return reading.tell({ kind: "gap", gap, cursor: gap.next });
	}
	// Other events of the server's own are of a later protocol; they carry no message.
	if (event === "$open" || event === "$live") return reading.tell({ kind: "at", cursor: asNext(value) });
	return event.startsWith("$") ? undefined : reading.tell({ kind: "message", message: asMessage(value), cursor: id });
}
