/** Socket.IO as its tutorial sets it up, with WebSocket as the only transport. Arguments: `recovery`, `redis=<port>`. */
import { createAdapter } from "@socket.io/redis-streams-adapter";
import { Redis } from "ioredis";
import { Server } from "socket.io";
import { listen, plainServer } from "./serve.ts";

const [redis] = process.argv.flatMap((argument) => /^redis=(\d+)$/.exec(argument)?.[1] ?? []);

const server = plainServer((channel, text) => io.to(channel).emit("message", text));
const io = new Server(server, {
	transports: ["websocket"],
	...(process.argv.includes("recovery") && { connectionStateRecovery: {} }),
	...(redis !== undefined && { adapter: createAdapter(new Redis(Number(redis), "127.0.0.1")) }),
});

io.on("connection", (socket) => {
	void socket.join(String(socket.handshake.query["channel"]));
});

listen(server);
