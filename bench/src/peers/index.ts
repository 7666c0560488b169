/** Everybody, in the order of the tables. */
import { nchan } from "./nchan.ts";
import type { Peer } from "./peer.ts";
import { sendLoop } from "./send-loop.ts";

export const peers: readonly Peer[] = [nchan, sendLoop];
