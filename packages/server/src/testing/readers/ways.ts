import { fullSocket } from "./full-socket.ts";
import { inProcess } from "./in-process.ts";
import { longPoll, shortPoll } from "./poll.ts";
import { sse } from "./sse.ts";
import type { Way } from "./way.ts";
import { plainSocket } from "./websocket.ts";

/** Every way over the wire. */
export const wireWays: readonly Way[] = [shortPoll, longPoll, sse, plainSocket, fullSocket];

export const allWays: readonly Way[] = [...wireWays, inProcess];
