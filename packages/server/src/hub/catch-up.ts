import { formatCursor, type Opening } from "@holdfast/protocol";
import type { Limit, Log, LogPage, Start } from "../log/log.ts";
import { sharing } from "../log/sharing.ts";
import { type Delivery, DeliveryBuilder } from "./delivery.ts";
import type { Places, Scope } from "./scope.ts";

/** One read of a scope, and the cursor that it began at. */
export interface Reading {
	readonly after: Opening;
	readonly delivery: Delivery;
}

/**
 * Reads what follows `starts` in each channel. The limit is shared out evenly, so that a busy channel cannot keep the
 * others from being read.
 */
async function readScope(log: Log, scope: Scope, starts: readonly Start[], limit: Limit): Promise<Reading> {
	const share = Math.max(1, scope.channels.length);
	const each = { messages: Math.ceil(limit.messages / share), bytes: Math.ceil(limit.bytes / share) };
	const pages = await Promise.all(scope.channels.map((channel, i) => log.read(channel, starts[i] as Start, each)));
	return assemble(scope, pages, limit.messages);
}

/** Reads scopes of a log. */
export type ReadScope = (scope: Scope, starts: readonly Start[], limit: Limit) => Promise<Reading>;

/**
 * Readers that stand at the same place at the same time share one read, which began after each of them asked, and what is made
 * of it: after a restart thousands come back with the same cursor.
 */
export function sharedReads(log: Log): ReadScope {
	const share = sharing<Reading>();
	return (scope, starts, limit) => {
		const key = `${limit.messages} ${limit.bytes} ${starts.map(textOf).join(" ")} ${scope.key}`;
		return share(key, () => readScope(log, scope, starts, limit));
	};
}

function textOf(start: Start): string {
	if (typeof start === "string") return start;
	return "last" in start ? `${start.last}` : formatCursor(start);
}

/** What a read from the head of the scope would give. */
export function nothingAfter(scope: Scope, places: Places): Reading {
	return { after: openingAt(scope, places), delivery: new DeliveryBuilder(scope, places).build(places, false) };
}

function openingAt(scope: Scope, places: Places): Opening {
	const next = scope.format(places);
	const own = scope.name(places);
	return own === undefined ? { next } : { next, places: own };
}

function assemble(scope: Scope, pages: readonly LogPage[], most: number): Reading {
	const begin = pages.map((page) => page.after);
	const places = [...begin];
	const builder = new DeliveryBuilder(scope, begin);
	for (const [i, page] of pages.entries()) {
		if (page.gap === undefined) continue;
		builder.addGap(i, page.gap);
		places[i] = page.gap.next;
	}
	let room = most;
	let more = false;
	for (const [i, page] of pages.entries()) {
		// With more channels than the limit allows messages, an even share is still one too many.
		const taken = page.messages.length <= room ? page.messages : page.messages.slice(0, room);
		room -= taken.length;
		for (const message of taken) builder.addMessage(i, message, page.next.epoch);
		const last = taken.at(-1);
		if (taken.length === page.messages.length) places[i] = page.next;
		else if (last !== undefined) places[i] = { epoch: page.next.epoch, offset: last.offset };
		more ||= page.more || taken.length < page.messages.length;
	}
	return { after: openingAt(scope, begin), delivery: builder.build(places, more) };
}
