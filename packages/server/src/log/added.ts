/** What an append added, by channel, as pages for who watches here: nothing that has just been sent has to be read. */
import { type Message, parseCursor } from "@holdfast/protocol";
import type { Draft, LogPage, Receipt } from "./log.ts";
import { makeMessage } from "./message.ts";

interface Added extends LogPage {
	readonly messages: Message[];
}

export function pagesOf(drafts: readonly Draft[], receipts: readonly Receipt[]): ReadonlyMap<string, LogPage> {
	const pages = new Map<string, Added>();
	for (const [i, receipt] of receipts.entries()) {
		const at = "id" in receipt && !receipt.known ? parseCursor(receipt.id) : undefined;
		if (at === undefined || !("id" in receipt)) continue;
		const message = makeMessage(drafts[i] as Draft, at.epoch, at.offset, receipt.time);
		// One append's messages of a channel stand together in its log.
		const page = pages.get(receipt.channel);
		const messages = page?.messages ?? [];
		messages.push(message);
		pages.set(receipt.channel, { after: page?.after ?? { ...at, offset: at.offset - 1 }, messages, next: at, more: false });
	}
	return pages;
}
