import { type Cursor, parseCursor } from "@holdfast/protocol";
import { HoldfastError } from "../error.ts";
import { createFeed } from "../feed.ts";
import { createReader, type Handlers } from "../reader.ts";
import type { PollAnswer, Sink } from "../way.ts";
import { settled } from "./settled.ts";

const at = (cursor: string) => parseCursor(cursor) as Cursor;
const message = (id: string) => ({ id, channel: "chat", data: id, time: 0 });

/** A page of what is kept, from `start` on. */
export function page(place: string, ids: readonly string[] = [], more: Partial<PollAnswer> = {}): PollAnswer {
	return { places: { chat: place }, messages: ids.map(message), more: false, ...more };
}

interface Reading {
	readonly start: string;
	readonly over: () => boolean;
	answer(page: PollAnswer | undefined): Promise<unknown>;
	fail(error: HoldfastError): Promise<unknown>;
}

/** A feed whose links and reads are the test's. `calls`: what it asks of its source. */
export function feeding() {
	const calls: string[] = [];
	const reads: Reading[] = [];
	let sink: Sink | undefined;
	const source = {
		follow: (_: string, to: Sink) => {
			sink = to;
			calls.push(`follow ${to.start()}`);
		},
		hold: () => calls.push("hold"),
	};
	const read = (_: string, start: string, over: () => boolean) =>
		new Promise<PollAnswer | undefined>((resolve, reject) => {
			const answer = async (found: PollAnswer | undefined) => {
				resolve(found);
				await settled();
			};
			const fail = async (error: HoldfastError) => {
				reject(error);
				await settled();
			};
			reads.push({ start, over, answer, fail });
		});
	const feed = createFeed("chat", source, read, () => calls.push("empty"));
	const join = (start: string, more: Partial<Handlers> = {}) => {
		const told: string[] = [];
		const handlers: Handlers = {
			message: ({ id }) => void told.push(id),
			gap: ({ reason, after, next }) => told.push(`${reason} ${after} ${next}`),
			begun: (cursor) => told.push(`begun ${cursor}`),
			failed: (error) => told.push(`failed ${error}`),
			ended: ({ code, channel }) => told.push(`ended ${code} of ${channel}`),
			...more,
		};
		const reader = createReader("chat", start, handlers, feed.settle);
		feed.add(reader);
		return { reader, told };
	};
	/** What a link tells. */
	const tell = {
		begun: (cursor: string) => sink?.begun(at(cursor)),
		messages: (...ids: string[]) => {
			for (const id of ids) sink?.message(message(id));
		},
		gap: (reason: "expired" | "reset" | "unknown" | "damaged", place: string) => sink?.gap({ channel: "chat", reason, place }),
		refuse: (code: "forbidden") => sink?.refuse(new HoldfastError(code)),
	};
	return { feed, calls, reads, join, tell };
}
