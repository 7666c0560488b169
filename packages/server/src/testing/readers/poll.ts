/** Short and long polling: one request after the other, each with the `next` of the last. */
import { Agent } from "node:http";
import type { Gap } from "@holdfast/protocol";
import { type Answered, exchange } from "./exchange.ts";
import { TestReader, type Where, type WireMessage } from "./reader.ts";
import { headersOf, pathOf, type Target, type Way } from "./way.ts";

interface PollAnswer {
	readonly messages: readonly WireMessage[];
	readonly next: string;
	readonly more: boolean;
	readonly stale?: true;
	readonly gap?: Gap;
	readonly gaps?: readonly Gap[];
}

/** Between two short polls, in milliseconds. */
const pause = 5;

export const shortPoll: Way = {
	name: "short poll",
	headers: true,
	sets: true,
	stays: false,
	open: (target, where) => openPolls(target, where, {}),
};

export const longPoll: Way = {
	name: "long poll",
	headers: true,
	sets: true,
	stays: false,
	open: (target, where) => openPolls(target, where, { wait: "20" }),
};

async function openPolls(target: Target, where: Where, waiting: Readonly<Record<string, string>>): Promise<TestReader> {
	const ending = new AbortController();
	const agent = new Agent({ keepAlive: true });
	const reader = new TestReader(where, () => {
		ending.abort();
		agent.destroy();
	});
	const poll = async (from: Where, more: Readonly<Record<string, string>>): Promise<void> => {
		const asked = { headers: headersOf(from), agent, signal: ending.signal };
		take(reader, await exchange(target, pathOf(from, more), asked), where.channels.length > 1);
	};
	const follow = async (first: Where): Promise<void> => {
		let from = first;
		try {
			while (reader.ended === undefined && !reader.closed) {
				await poll(from, waiting);
				from = {
					channels: where.channels,
					...(where.limit === undefined ? {} : { limit: where.limit }),
					after: reader.cursor ?? "now",
				};
				if (waiting["wait"] === undefined) await new Promise((resolve) => setTimeout(resolve, pause));
			}
		} catch {
			reader.end("lost");
		}
	};
	// A wait from now on is answered only when something came: its cursor is asked for by a poll that does not wait.
	if (reader.cursor === undefined && (where.after ?? "now") === "now" && where.last === undefined) {
		await poll(where, {});
		void follow({ channels: where.channels, after: reader.cursor ?? "now" });
	} else {
		void follow(where);
	}
	return reader;
}

function take(reader: TestReader, { status, headers, body, json }: Answered, several: boolean): void {
	if (status !== 200) {
		reader.end(String(status));
		if (status !== 503) reader.fail(new Error(`${status} ${body}`));
		return;
	}
	const answer = json() as PollAnswer;
	if (headers.etag !== `"${answer.next}"`) reader.fail(new Error(`The tag ${headers.etag} is not next, ${answer.next}.`));
	if ((several ? answer.gap : answer.gaps) !== undefined) reader.fail(new Error(`A gap in the wrong form: ${body}`));
	for (const gap of answer.gaps ?? []) reader.gap(gap);
	if (answer.gap !== undefined) reader.gap(answer.gap);
	for (const message of answer.messages) reader.message(message, several ? undefined : message.id);
	reader.answered(answer.next);
	if (answer.stale) reader.stale();
}
