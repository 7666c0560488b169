import { HoldfastError } from "../error.ts";
import { httpWay, type Inquiry } from "../link/http-way.ts";
import { tellBegun } from "../link/places.ts";
import { ask } from "../link/request.ts";
import { type SseEvent, SseParser } from "../link/sse-parser.ts";
import type { WireMessage } from "../message.ts";
import type { Way, WireGap } from "../way.ts";

/** One answer without end. By `fetch` and not `EventSource`, which shows no status and sends no headers. */
export const sse: Way = httpWay("sse", read);

async function read(inquiry: Inquiry): Promise<never> {
	const { setup, told, path, signal } = inquiry;
	const response = await ask(setup, path, { headers: { Accept: "text/event-stream" }, signal });
	const reader = (response.body as ReadableStream<Uint8Array>).getReader();
	const decoder = new TextDecoder();
	const parser = new SseParser();
	for (;;) {
		const piece = await reader.read();
		if (piece.done) throw new HoldfastError("unreachable", "The stream ended.");
		// A comment is a sign of life; that the stream is open is said by `$open` alone, which a proxy may hold back.
		told.heard();
		for (const event of parser.push(decoder.decode(piece.value, { stream: true }))) {
			// What was told may have changed the set, and then the rest is asked for anew.
			signal.throwIfAborted();
			tell(inquiry, event);
		}
	}
}

function tell({ told, opened, channels }: Inquiry, { event, data, retry }: SseEvent): void {
	const value = JSON.parse(data);
	if (event === "$open") {
		opened();
		Object.entries((value as { places: Record<string, string> }).places).forEach(tellBegun(told));
	} else if (event === "$gap") told.gap(value as WireGap);
	else if (event === "$live") channels.forEach(told.live);
	else if (event === "$bye") throw new HoldfastError("draining", `Sent away: ${data}`, { retryAfter: retry });
	// Other events of the server's own are of a later protocol.
	else if (!event.startsWith("$")) told.message(value as WireMessage);
}
