import { httpWay } from "../link/http-way.ts";
import { polling } from "../link/polling.ts";
import type { Way } from "../way.ts";

/** Seconds that the server may hold a request for something to come. */
const wait = 25;

/** A request that is answered as soon as there is something, and then the next one. */
export const longPoll: Way = httpWay("long-poll", polling(wait, 0));
