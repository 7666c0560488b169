/** What an append added, by channel, as pages for who watches here: nothing that has just been sent has to be read. */
import { type Message, parseCursor } from "@holdfast/protocol";
import type { Draft, LogPage, Receipt } from "../log.ts";
import { makeMessage } from "../message.ts";

export function pagesOf(drafts: readonly Draft[], receipts: readonly Receipt[]): ReadonlyMap<string, LogPage> {
	const pages = new Map<string, LogPage & { readonly messages: Message[] }>();
	for (const [i, receipt] of receipts.entries()) {
		const at = "id" in receipt && !receipt.known ? parseCursor(receipt.id) : undefined;
		if (at === undefined || !("id" in receipt)) continue;
		const { epoch, offset } = at;
		const message = makeMessage(drafts[i] as Draft, epoch, offset, receipt.time);
		// One append's messages of a channel stand together in its log.
		const { after, messages } = pages.get(receipt.channel) ?? { after: { epoch, offset: offset - 1 }, messages: [] };
		messages.push(message);
		pages.set(receipt.channel, { after, messages, next: at, more: false });
	}
	return pages;
}
