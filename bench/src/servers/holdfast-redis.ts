/** A node of Holdfast whose log is in the Redis at the port given, everything as it is by default. */
import { createServer } from "node:http";
import { createHoldfast, redisLog } from "@holdfast/server";
import { serve } from "./serve.ts";

const holdfast = createHoldfast({ log: await redisLog({ url: `redis://127.0.0.1:${process.argv[2]}` }) });

const server = createServer((request, response) => holdfast.handle(request, response));
server.on("upgrade", (request, socket, head) => holdfast.upgrade(request, socket, head));

serve(server, (text) => holdfast.publish("bench", text));
