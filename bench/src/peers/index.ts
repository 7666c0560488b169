/** Everybody, in the order of the tables. */
import type { Peer } from "./peer.ts";

export const peers: readonly Peer[] = [];
