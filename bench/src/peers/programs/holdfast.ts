/** Holdfast embedded in a plain HTTP server, its log in memory. */
import { createServer } from "node:http";
import { createHoldfast, memoryLog } from "@holdfast/server";
import { listen } from "./serve.ts";

const holdfast = createHoldfast({ log: memoryLog(), connectRate: 1_000_000 });

const server = createServer((request, response) => holdfast.handle(request, response));
server.on("upgrade", (request, socket, head) => holdfast.upgrade(request, socket, head));

listen(server);
