/** The plain loop that anyone would write with `ws`. */
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { serve } from "./serve.ts";

const server = createServer();
const sockets = new WebSocketServer({ server });

serve(server, (text) => {
	for (const socket of sockets.clients) socket.send(text);
});
