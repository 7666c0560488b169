/** Everybody, in the order of the tables. */
import { flask } from "./flask.ts";
import { gevent } from "./gevent.ts";
import { embedded, holdfast } from "./holdfast.ts";
import { longPollLoop, sseLoop, wsLoop } from "./loops.ts";
import { nchan } from "./nchan.ts";
import type { Peer } from "./peer.ts";
import { sendLoop } from "./send-loop.ts";
import { socketIo, socketIoRecovery } from "./socket-io.ts";
import { tornado } from "./tornado.ts";

export const peers: readonly Peer[] = [
	holdfast,
	embedded,
	nchan,
	socketIo,
	socketIoRecovery,
	tornado,
	gevent,
	flask,
	wsLoop,
	sseLoop,
	longPollLoop,
	sendLoop,
];
