import { parseCursor } from "@holdfast/protocol";
import type { PollAnswer } from "../way.ts";
import type { Read } from "./http-way.ts";
import { tellBegun } from "./places.ts";
import { ask } from "./request.ts";

/** Most messages in an answer. */
const limit = 500;

/** Asks from where the last answer ended, `wait` seconds long, and `pause` milliseconds after it. */
export function polling(wait: number, pause: number): Read {
	return async ({ setup, told, opened, channels, path, signal }) => {
		// A wait from `now` would be told its place only after the wait.
		const standing = [...channels].every((channel) => parseCursor(setup.start(channel)));
		const asked = wait > 0 && standing ? `&wait=${wait}` : "";
		const response = await ask(setup, `${path}&limit=${limit}${asked}`, { signal });
		const { places, gaps = [], messages, more } = (await response.json()) as PollAnswer;
		// Whatever is told may change the set, and then the rest is asked for anew.
		const each = <T>(all: Iterable<T>, tell: (one: T) => void) => {
			for (const one of all) if (!signal.aborted) tell(one);
		};
		opened();
		each(Object.entries(places), tellBegun(told));
		each(gaps, told.gap);
		each(messages, told.message);
		if (!more) each(channels, told.live);
		return more ? 0 : pause * (1 + setup.environment.random() / 4);
	};
}
