/** The plain loop that anyone would write with `ws`. */
import { type WebSocket, WebSocketServer } from "ws";
import { channelOf, listen, plainServer } from "./serve.ts";

const channels = new Map<string, Set<WebSocket>>();

const server = plainServer((channel, text) => {
	for (const socket of channels.get(channel) ?? []) socket.send(text);
});

new WebSocketServer({ server }).on("connection", (socket, request) => {
	const channel = channelOf(request);
	const sockets = channels.get(channel) ?? new Set();
	channels.set(channel, sockets.add(socket));
	socket.on("close", () => sockets.delete(socket));
});

listen(server);
