/** Socket.IO as its tutorial sets it up, with WebSocket as the only transport. */
import { createServer } from "node:http";
import { Server } from "socket.io";
import { serve } from "./serve.ts";

const server = createServer();
const io = new Server(server, { transports: ["websocket"] });

serve(server, (text) => io.emit("message", text));
