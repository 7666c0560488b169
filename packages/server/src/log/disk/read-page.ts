/** One read of a channel: contiguous, and ending before a record that cannot be read. */
import type { Message } from "@holdfast/protocol";
import { diagnostics } from "../../diagnostics.ts";
import type { Limit, LogPage, Start } from "../log.ts";
import { dataBytes } from "../message.ts";
import { place } from "../place.ts";
import type { ChannelRecord } from "./channels.ts";
import type { Table } from "./environment.ts";
import { getMessage } from "./messages.ts";

/** Damaged records passed by one read. A longer range is told in several gaps. */
const mostDamaged = 10_000;

export function readPage(table: Table, channel: string, record: ChannelRecord, start: Start, limit: Limit): LogPage {
	const { epoch, head } = record;
	const found = place(record, start);
	let { gap, offset } = found;
	const messages: Message[] = [];
	let bytes = 0;
	let damaged = 0;
	while (offset < head && messages.length < limit.messages) {
		const message = getMessage(table, channel, epoch, offset + 1);
		if (message === undefined) {
			// A page has one gap, before its messages: with either there, this one waits for the next page.
			if (messages.length > 0 || (gap !== undefined && damaged === 0) || damaged === mostDamaged) break;
			diagnostics.damagedRecord.tell({ channel, offset: offset + 1 });
			damaged += 1;
			offset += 1;
			gap = { next: { epoch, offset }, reason: "damaged" };
			continue;
		}
		bytes += dataBytes(message);
		if (messages.length > 0 && bytes > limit.bytes) break;
		messages.push(message);
		offset += 1;
	}
	return { after: found.after, ...(gap === undefined ? {} : { gap }), messages, next: { epoch, offset }, more: offset < head };
}
