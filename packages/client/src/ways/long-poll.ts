import { HttpLink } from "../link/http-link.ts";
import { polling } from "../link/polling.ts";
import type { Way } from "../way.ts";

/** Seconds that the server may hold a request for something to come. */
const wait = 25;

/** A request that is answered as soon as there is something, and then the next one. */
export const longPoll: Way = {
	name: "long-poll",
	open: (setup, told) => new HttpLink(setup, told, polling(wait, 0)),
};
