import { parseCursor } from "@holdfast/protocol";
import type { WireMessage } from "../message.ts";
import type { WireGap } from "../way.ts";
import type { HttpLink, Read } from "./http-link.ts";
import { tellBegun } from "./places.ts";
import { ask } from "./request.ts";

interface Answer {
	readonly places: Readonly<Record<string, string>>;
	readonly messages: readonly WireMessage[];
	readonly gaps?: readonly WireGap[];
	readonly more: boolean;
}

/** Most messages in an answer. */
const limit = 500;

/** Asks from where the last answer ended, `wait` seconds long, and `pause` milliseconds after it. */
export function polling(wait: number, pause: number): Read {
	return async (link, signal) => {
		const { start, environment } = link.setup;
		// A wait from `now` would be told its place only after the wait.
		const standing = [...link.channels].every((channel) => parseCursor(start(channel)));
		const asked = wait > 0 && standing ? `&wait=${wait}` : "";
		const response = await ask(link.setup, `/v1/messages?${link.query()}&limit=${limit}${asked}`, { signal });
		const answer = (await response.json()) as Answer;
		if (!signal.aborted) tell(link, answer, signal);
		return answer.more ? 0 : pause * (1 + environment.random() / 4);
	};
}

function tell(link: HttpLink, { places, gaps = [], messages, more }: Answer, signal: AbortSignal): void {
	const { told, channels, starts } = link;
	told.opened();
	tellBegun(told, places, starts);
	// Whatever is told may change the set, and then the rest is asked for anew.
	for (const gap of gaps) if (!signal.aborted) told.gap(gap);
	for (const message of messages) if (!signal.aborted) told.message(message);
	for (const channel of channels) if (!signal.aborted && !more) told.live(channel);
}
