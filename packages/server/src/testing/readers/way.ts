import type { Holdfast } from "../../index.ts";
import type { TestReader, Where } from "./reader.ts";

/** Where a server listens. */
export interface Target {
	readonly host: string;
	readonly port: number;
	/** The server itself, for readers in its process. */
	readonly holdfast?: Holdfast;
}

/** A way to read. */
export interface Way {
	readonly name: string;
	/** Whether it can send headers of its own: `Last-Event-ID`. */
	readonly headers: boolean;
	/** Whether several channels are read as one set with one cursor. */
	readonly sets: boolean;
	/** Whether one connection stays, and can be full. */
	readonly stays: boolean;
	/** Resolves when the reader stands at a cursor, so that what is published from now on is its. */
	open(target: Target, where: Where): Promise<TestReader>;
}

export function pathOf({ channels, after, last, limit, from }: Where, more: Readonly<Record<string, string>> = {}): string {
	const query = new URLSearchParams(more);
	if (after !== undefined) query.set("after", after);
	if (last !== undefined) query.set("last", String(last));
	if (limit !== undefined) query.set("limit", String(limit));
	if (channels.length === 1) return `/v1/channels/${channels[0]}/messages?${query}`;
	for (const channel of channels) {
		if (from === undefined) query.append("channel", channel);
		else query.append("from", `${channel}:${from[channel]}`);
	}
	return `/v1/messages?${query}`;
}

export function headersOf({ lastEventId }: Where): Readonly<Record<string, string>> {
	return lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId };
}
