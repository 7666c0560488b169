/** The plain loop that anyone would write for Server-Sent Events. */
import type { ServerResponse } from "node:http";
import { listen, plainServer } from "./serve.ts";

const channels = new Map<string, Set<ServerResponse>>();

const server = plainServer(
	(channel, text) => {
		for (const response of channels.get(channel) ?? []) response.write(`data: ${text}\n\n`);
	},
	(request, response, channel) => {
		response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
		response.flushHeaders();
		const readers = channels.get(channel) ?? new Set();
		channels.set(channel, readers.add(response));
		request.on("close", () => readers.delete(response));
	},
);

listen(server);
