/** Short polls, with a pause between, and long polls, which the server answers when there is something. */
import type { IncomingMessage } from "node:http";
import { failure, readText, send } from "../wire/request.ts";
import { asGap, asMessage, asNext, fields, parseJson, place, type Reader, type Reading, resource } from "./reader.ts";

const waitSeconds = 25;

export function shortPoll(pause: (signal: AbortSignal) => Promise<void>): Reader {
	return (reading) => poll(reading, undefined, pause);
}

export const longPoll: Reader = (reading) => poll(reading, waitSeconds, undefined);

async function poll(
	reading: Reading,
	wait: number | undefined,
	pause: ((signal: AbortSignal) => Promise<void>) | undefined,
): Promise<void> {
	let at = place(reading);
	let tag: string | undefined;
	while (!reading.signal.aborted) {
		const parameters = wait === undefined ? [at] : [at, `wait=${wait}`];
		const response = await send({
			...reading,
			target: resource(reading.channels, parameters),
			// The server holds a wait up to a sixteenth longer than asked.
			silence: (wait ?? 0) * 1100 + 15_000,
			headers: tag === undefined ? {} : { "If-None-Match": tag },
		});
		reading.trace?.response(response);
		const body = await readText(response);
		reading.trace?.body(body);
		let more = false;
		if (response.statusCode !== 304) {
			const page = parsePage(response, body);
			await tellPage(reading, page);
			at = `after=${page.next}`;
			more = page.more;
			// A long poll waits instead of being told that nothing changed.
			if (wait === undefined) tag = response.headers.etag;
		}
		if (!more && !reading.signal.aborted) await pause?.(reading.signal);
	}
}

interface PollPage {
	readonly messages: readonly unknown[];
	readonly gaps: readonly unknown[];
	readonly next: string;
	readonly more: boolean;
}

function parsePage(response: IncomingMessage, body: string): PollPage {
	if (response.statusCode !== 200) throw failure(response, body);
	const value = fields(parseJson(body));
	const { messages, gap, gaps, more } = value;
	return {
		messages: Array.isArray(messages) ? messages : [],
		gaps: Array.isArray(gaps) ? gaps : gap === undefined ? [] : [gap],
		next: asNext(value),
		more: more === true,
	};
}

async function tellPage(reading: Reading, page: PollPage): Promise<void> {
	for (const value of page.gaps) {
		const gap = asGap(value);
		await reading.tell({ kind: "gap", gap, cursor: gap.next });
	}
	for (const value of page.messages) {
		if (reading.signal.aborted) return;
		const message = asMessage(value);
		// On several channels only the answer as a whole has a cursor.
		await reading.tell({ kind: "message", message, cursor: reading.channels.length === 1 ? message.id : undefined });
	}
	await reading.tell({ kind: "at", cursor: page.next });
}
