/** Socket.IO with its Redis Streams adapter, as its documentation sets it up, with WebSocket as the only transport. */
import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-streams-adapter";
import { Redis } from "ioredis";
import { Server } from "socket.io";
import { serve } from "./serve.ts";

const server = createServer();
const io = new Server(server, {
	transports: ["websocket"],
	adapter: createAdapter(new Redis(Number(process.argv[2]), "127.0.0.1")),
});

serve(server, (text) => io.emit("message", text));
