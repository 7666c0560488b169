import { HoldfastError } from "../error.ts";
import { cursorOf } from "../link/cursor.ts";
import { type Asking, httpWay } from "../link/http-way.ts";
import { ask } from "../link/request.ts";
import { type SseEvent, sseParser } from "../link/sse-parser.ts";
import type { WireMessage } from "../message.ts";
import type { Way, WireGap } from "../way.ts";

/** One answer without end. By `fetch` and not `EventSource`, which shows no status and sends no headers. */
export const sse: Way = httpWay("sse", read);

async function read(asking: Asking): Promise<never> {
	const { access, told, path, signal } = asking;
	const response = await ask(access, path, { headers: { Accept: "text/event-stream" }, signal });
	const reader = (response.body as ReadableStream<Uint8Array>).getReader();
	const decoder = new TextDecoder();
	const parse = sseParser();
	for (;;) {
		const piece = await reader.read();
		if (piece.done) throw new HoldfastError();
		// A comment is a sign of life; that the stream is open is said by `$open` alone, which a proxy may hold back.
		told.heard();
		for (const event of parse(decoder.decode(piece.value, { stream: true }))) {
			// What was told may have changed the set, and then the rest is asked for anew.
			if (!signal.aborted) tell(asking, event);
		}
	}
}

function tell({ opened, sinks }: Asking, { event = "", data, retry }: SseEvent): void {
	const value = JSON.parse(data);
	const sink = sinks.get(value.channel);
	if (event === "$open") {
		opened();
		for (const [channel, place] of Object.entries<string>(value.places)) sinks.get(channel)?.begun(cursorOf(place));
	} else if (event === "$gap") sink?.gap(value as WireGap);
	else if (event === "$live") for (const each of sinks.values()) each.live?.();
	else if (event === "$bye") throw new HoldfastError("draining", data, { retryAfter: Number(retry) });
	// Other events of the server's own are of a later protocol.
	else if (!event.startsWith("$")) sink?.message(value as WireMessage);
}
