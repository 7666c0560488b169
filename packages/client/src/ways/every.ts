import type { TransportName, Way } from "../way.ts";
import { longPoll } from "./long-poll.ts";
import { shortPoll } from "./short-poll.ts";
import { sse } from "./sse.ts";
import { websocket } from "./websocket.ts";

const ways: readonly (readonly [TransportName, Way])[] = [
	["websocket", websocket],
	["sse", sse],
	["long-poll", longPoll],
	["short-poll", shortPoll],
];

/** Best first; all of them unless told otherwise. */
export function everyWay(transports: readonly TransportName[] | undefined): ReadonlyMap<TransportName, Way> {
	return new Map(ways.filter(([name]) => transports?.includes(name) ?? true));
}
