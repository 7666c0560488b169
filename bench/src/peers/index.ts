/** Everybody, in the order of the tables. */
import { flask } from "./flask.ts";
import { gevent } from "./gevent.ts";
import { nchan } from "./nchan.ts";
import type { Peer } from "./peer.ts";
import { sendLoop } from "./send-loop.ts";
import { tornado } from "./tornado.ts";

export const peers: readonly Peer[] = [nchan, tornado, gevent, flask, sendLoop];
