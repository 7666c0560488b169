/** What the Node programs have in common: `POST /publish?channel=c` publishes its body, and they say where they listen. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Handle = (request: IncomingMessage, response: ServerResponse, channel: string) => void;

export function channelOf(request: IncomingMessage): string {
	return new URL(request.url ?? "/", "http://localhost").searchParams.get("channel") ?? "";
}

/** `read` answers whatever is no publish. */
export function plainServer(publish: (channel: string, text: string) => unknown, read?: Handle): Server {
	return createServer((request, response) => {
		if (request.method !== "POST") {
			read?.(request, response, channelOf(request));
			return;
		}
		let body = "";
		request.setEncoding("utf8");
		request.on("data", (chunk) => {
			body += chunk;
		});
		request.on("end", () => {
			publish(channelOf(request), body);
			response.end("ok");
		});
	});
}

export function listen(server: Server): void {
	// A backlog above the generator's handshakes at once.
	server.listen({ host: "127.0.0.1", port: 0, backlog: 1024 }, () => {
		console.log(`listening on ${(server.address() as AddressInfo).port}`);
	});
	// So that a profile is written.
	process.on("SIGTERM", () => process.exit(0));
}
