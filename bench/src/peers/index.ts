/** Everybody, in the order of the tables. */
import { embedded, holdfast } from "./holdfast.ts";
import { longPollLoop, sseLoop, wsLoop } from "./loops.ts";
import { nchan } from "./nchan.ts";
import type { Peer } from "./peer.ts";
import { sendLoop } from "./send-loop.ts";
import { socketIo, socketIoRecovery } from "./socket-io.ts";

export const peers: readonly Peer[] = [
	holdfast,
	embedded,
	nchan,
	socketIo,
	socketIoRecovery,
	wsLoop,
	sseLoop,
	longPollLoop,
	sendLoop,
];
