import { HoldfastError } from "../error.ts";
import { HttpLink } from "../link/http-link.ts";
import { tellBegun } from "../link/places.ts";
import { ask } from "../link/request.ts";
import { type SseEvent, SseParser } from "../link/sse-parser.ts";
import type { WireMessage } from "../message.ts";
import type { Way, WireGap } from "../way.ts";

/** One answer without end. By `fetch` and not `EventSource`, which shows no status and sends no headers. */
export const sse: Way = {
	name: "sse",
	open: (setup, told) => new HttpLink(setup, told, read),
};

async function read(link: HttpLink, signal: AbortSignal): Promise<never> {
	const headers = { Accept: "text/event-stream" };
	const response = await ask(link.setup, `/v1/messages?${link.query()}`, { headers, signal });
	const reader = (response.body as ReadableStream<Uint8Array>).getReader();
	const decoder = new TextDecoder();
	const parser = new SseParser();
	for (;;) {
		const piece = await reader.read();
		if (piece.done) throw new HoldfastError("unreachable", "The stream ended.");
		// A comment is a sign of life; that the stream is open is said by `$open` alone, which a proxy may hold back.
		link.told.heard();
		for (const event of parser.push(decoder.decode(piece.value, { stream: true }))) {
			// What was told may have changed the set, and then the rest is asked for anew.
			signal.throwIfAborted();
			tell(link, event);
		}
	}
}

function tell({ told, channels, starts }: HttpLink, { event, data, retry }: SseEvent): void {
	const value = JSON.parse(data);
	if (event === "$open") {
		told.opened();
		tellBegun(told, (value as { places: Record<string, string> }).places, starts);
	} else if (event === "$gap") told.gap(value as WireGap);
	else if (event === "$live") for (const channel of channels) told.live(channel);
	else if (event === "$bye") throw new HoldfastError("draining", `Sent away: ${data}`, { retryAfter: retry });
	// Other events of the server's own are of a later protocol.
	else if (!event.startsWith("$")) told.message(value as WireMessage);
}
