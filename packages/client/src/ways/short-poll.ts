import { HttpLink } from "../link/http-link.ts";
import { polling } from "../link/polling.ts";
import type { Way } from "../way.ts";

/** Milliseconds between two requests, and up to a quarter more, so that clients that came together do not stay together. */
const pause = 2000;

/** A request now and then: gets through wherever a page does. */
export const shortPoll: Way = {
	name: "short-poll",
	open: (setup, told) => new HttpLink(setup, told, polling(0, pause)),
};
