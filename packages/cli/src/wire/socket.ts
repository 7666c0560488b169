import type { ClientRequest } from "node:http";
import type { Socket } from "@holdfast/client";
import { WebSocket } from "ws";
import { tap } from "../trace/tap.ts";
import type { Print } from "../trace/trace.ts";
import { ConnectionTrace } from "../trace/websocket-trace.ts";

/** A WebSocket for the client that says why it failed, as those of browsers may not; `print` is shown each byte of it. */
export function openSocket(url: string, subprotocol: string, print: Print | undefined): Socket {
	const options = {
		perMessageDeflate: false,
		// A peer that is gone does not answer the closing; the command must not wait for it for long.
		closeTimeout: 1000,
		finishRequest(request: ClientRequest) {
			if (print !== undefined) request.once("socket", (connection) => tap(connection, new ConnectionTrace(print)));
			request.end();
		},
	};
	const ws = new WebSocket(url, subprotocol, options);
	const socket: Socket = {
		onmessage: null,
		onclose: null,
		onerror: null,
		send: (text) => ws.send(text),
		close: () => ws.close(1000),
	};
	let failure: string | undefined;
	ws.on("error", (error) => {
		failure = error.message;
	});
	ws.on("message", (data) => socket.onmessage?.({ data: String(data) }));
	ws.on("close", (code, reason) => socket.onclose?.({ code, reason: failure ?? String(reason) }));
	return socket;
}
