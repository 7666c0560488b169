import type { PollAnswer } from "../way.ts";
import { cursorOf } from "./cursor.ts";
import type { Read } from "./http-way.ts";
import { ask } from "./request.ts";

/** Most messages in an answer. */
const limit = 500;

/** Asks from where the last answer ended, `wait` seconds long, and `pause` milliseconds after it. */
export function polling(wait: number, pause: number): Read {
	return async ({ access, opened, sinks, path, waits, signal }) => {
		const response = await ask(access, `${path}&limit=${limit}${wait > 0 && waits ? `&wait=${wait}` : ""}`, { signal });
		const { places, gaps = [], messages, more } = (await response.json()) as PollAnswer;
		// Whatever is told may change the set, and then the rest is asked for anew.
		const each = <T>(all: Iterable<T>, tell: (one: T) => void) => {
			for (const one of all) if (!signal.aborted) tell(one);
		};
		if (!signal.aborted) opened();
		each(Object.entries(places), ([channel, place]) => sinks.get(channel)?.begun(cursorOf(place)));
		each(gaps, (gap) => sinks.get(gap.channel)?.gap(gap));
		each(messages, (message) => sinks.get(message.channel)?.message(message));
		if (!more) each(sinks.values(), (sink) => sink.live?.());
		return more ? 0 : pause * (1 + access.environment.random() / 4);
	};
}
