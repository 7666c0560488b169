/** The plain loop that anyone would write for Server-Sent Events. */
import { createServer, type ServerResponse } from "node:http";
import { serve } from "./serve.ts";

const readers = new Set<ServerResponse>();

const server = createServer((request, response) => {
	response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
	response.flushHeaders();
	readers.add(response);
	request.on("close", () => readers.delete(response));
});

serve(server, (text) => {
	for (const response of readers) response.write(`data: ${text}\n\n`);
});
