import { httpWay } from "../link/http-way.ts";
import { polling } from "../link/polling.ts";
import type { Way } from "../way.ts";

/**
 * A request now and then: gets through wherever a page does. `pause` in milliseconds lies between two requests, and up to a quarter
 * more, so that clients that came together do not stay together.
 */
export function shortPollEvery(pause: number): Way {
	return httpWay("short-poll", polling(0, pause));
}

export const shortPoll: Way = shortPollEvery(2000);
