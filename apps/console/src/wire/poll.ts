/** Reading by requests: short polls at an interval, or long polls that wait for the next message. */
import { messagesUrl } from "./address.ts";
import { type Answer, endOf, request } from "./request.ts";
import { sleep } from "./sleep.ts";
import { from, type Gap, type Message, stopped, type Tell, type Way } from "./way.ts";

export interface Page {
	readonly messages: readonly Message[];
	readonly next: string;
	readonly more: boolean;
	readonly gap?: Gap;
}

/** Seconds that a long poll asks the server to wait. */
const holdSeconds = 25;

/** `interval` is asked before each wait, so that a new choice holds from the next poll on. */
export function shortPoll(interval: () => number): Way {
	return async (place, tell, signal) => {
		const { channel, token } = place;
		let start = place.start;
		let etag: string | undefined;
		while (!signal.aborted) {
			const headers: Record<string, string> = etag === undefined ? {} : { "If-None-Match": etag };
			const answer = await request(messagesUrl(channel, start), { headers, token, signal }, tell.crossed);
			const page = pageOf(answer);
			if (signal.aborted) return stopped;
			if (page === undefined && answer?.status !== 304) return endOf(answer, token);
			if (page !== undefined) {
				tellPage(page, tell);
				start = from(page.next);
				etag = `"${page.next}"`;
				if (page.more) continue;
			}
			tell.live();
			await sleep(interval(), signal);
		}
		return stopped;
	};
}

/** The first request does not wait: it tells at once whether the server is there, and where its head is. */
export const longPoll: Way = async (place, tell, signal) => {
	const { channel, token } = place;
	let query = [place.start];
	while (!signal.aborted) {
		const answer = await request(messagesUrl(channel, ...query), { token, signal }, tell.crossed);
		const page = pageOf(answer);
		if (signal.aborted) return stopped;
		if (page === undefined) return endOf(answer, token);
		tellPage(page, tell);
		if (!page.more) tell.live();
		query = page.more ? [from(page.next)] : [from(page.next), `wait=${holdSeconds}`];
	}
	return stopped;
};

/** The answer's page, or undefined when it is none. */
export function pageOf(answer: Answer | undefined): Page | undefined {
	return answer?.status === 200 ? (JSON.parse(answer.text) as Page) : undefined;
}

function tellPage(page: Page, tell: Tell): void {
	if (page.gap !== undefined) tell.gap(page.gap);
	for (const message of page.messages) tell.message(message);
	tell.cursor(page.next);
}
