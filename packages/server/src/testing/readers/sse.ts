import type { Gap, Opening } from "@holdfast/protocol";
import { ask } from "./exchange.ts";
import { TestReader, type WireMessage } from "./reader.ts";
import { type SseEvent, SseParser } from "./sse-parser.ts";
import { headersOf, pathOf, type Way } from "./way.ts";

export const sse: Way = {
	name: "SSE",
	headers: true,
	sets: true,
	stays: true,
	async open(target, where) {
		const ending = new AbortController();
		const reader = new TestReader(where, () => ending.abort());
		const headers = { Accept: "text/event-stream", ...headersOf(where) };
		const response = await ask(target, pathOf(where), { headers, signal: ending.signal });
		if (response.statusCode !== 200) throw new Error(`The stream was answered ${response.statusCode}.`);
		let opened = false;
		const parser = new SseParser((event) => {
			if (event.type === "$open" || event.type === "$bye") opened = true;
			else if (!opened) reader.fail(new Error(`${event.type} came before $open`));
			take(reader, event);
		});
		response.on("data", (chunk: Buffer) => parser.push(chunk));
		response.once("close", () => reader.end("lost"));
		response.once("error", () => reader.end("lost"));
		reader.pause = () => void response.pause();
		reader.resume = () => void response.resume();
		await reader.until(() => opened, "$open");
		return reader;
	},
};

function take(reader: TestReader, { type, data, lastEventId }: SseEvent): void {
	const value = JSON.parse(data) as unknown;
	if (type === "$bye") {
		reader.end((value as { reason: string }).reason);
		return;
	}
	if (type === "$open") {
		const { next, places } = value as Opening;
		reader.opened(next, places);
	} else if (type === "$live") reader.live((value as { next: string }).next);
	else if (type === "$stale") reader.stale();
	else if (type === "$fresh") reader.fresh((value as { next: string }).next);
	else if (type === "$gap") reader.gap(value as Gap);
	else {
		const message = value as WireMessage;
		if (type !== (message.event ?? "message")) reader.fail(new Error(`The event ${message.event} came as ${type}.`));
		reader.message(message, lastEventId);
	}
	// What EventSource would send when it came back is what the reader would hand back.
	if (lastEventId !== reader.cursor) reader.fail(new Error(`The event's id is ${lastEventId}, the cursor ${reader.cursor}.`));
}
