/** One append as a call of the function, and its answer as receipts and as pages for who watches. */
import { parseCursor } from "@holdfast/protocol";
import { fingerprint } from "../fingerprint.ts";
import type { Draft, LogPage, Receipt } from "../log.ts";
import { makeMessage } from "../message.ts";
import type { Partition } from "./keys.ts";

/** What a function answers for a draft: `stored`, `known` or `reused`, an id and a time. */
const partsOfDraft = 3;

export interface AppendCall {
	readonly keys: readonly string[];
	/** All but the deadline. */
	readonly args: readonly string[];
	/** For each draft its receipt, and for each channel that grew what it grew by. */
	answer(told: readonly string[]): { readonly receipts: readonly Receipt[]; readonly pages: ReadonlyMap<string, LogPage> };
}

/** `drafts`: all of one partition. `settings`: now, fresh epoch, keeps, retention, window, node, as the function takes them. */
export function appendCall(partition: Partition, drafts: readonly Draft[], settings: readonly string[]): AppendCall {
	const channels = [...new Set(drafts.map(({ channel }) => channel))];
	const numbers = new Map(channels.map((channel, i) => [channel, String(i + 1)]));
	const known: string[] = [];
	const perDraft = drafts.flatMap((draft) => {
		const { channel, data, encoding = "", event = "", from = "", key = "", traceparent = "", idempotencyKey } = draft;
		const fields = [numbers.get(channel) ?? "", data, encoding, event, from, key, traceparent];
		if (idempotencyKey === undefined) return [...fields, "0", ""];
		const number = known.push(partition.idempotencyKey(channel, idempotencyKey));
		return [...fields, String(number), fingerprint(draft)];
	});
	return {
		keys: [
			partition.epoch,
			partition.names,
			...channels.flatMap((channel) => [partition.hash + channel, partition.stream + channel]),
			...known,
		],
		args: [
			...settings,
			String(channels.length),
			...channels.flatMap((channel) => [channel, partition.hint + channel]),
			...perDraft,
		],
		answer(told) {
			const receipts = drafts.map((draft, i) => receiptOf(draft, told.slice(i * partsOfDraft, (i + 1) * partsOfDraft)));
			const ends = told.slice(drafts.length * partsOfDraft);
			const pages = channels.flatMap((channel, i) => {
				const page = pageOf(channel, ends[2 * i] ?? "", Number(ends[2 * i + 1]), drafts, receipts);
				return page.messages.length > 0 ? ([[channel, page]] as const) : [];
			});
			return { receipts, pages: new Map(pages) };
		},
	};
}

function receiptOf({ channel }: Draft, [state, id = "", time]: readonly string[]): Receipt {
	if (state !== "reused") return { channel, id, time: Number(time), known: state === "known" };
	return { channel, refused: "key_reused", detail: `The idempotency key was first used for other data, event or key: ${id}.` };
}

function pageOf(channel: string, epoch: string, before: number, drafts: readonly Draft[], receipts: readonly Receipt[]): LogPage {
	const messages = receipts.flatMap((receipt, i) => {
		if (receipt.channel !== channel || !("id" in receipt) || receipt.known) return [];
		return [makeMessage(drafts[i] as Draft, epoch, parseCursor(receipt.id)?.offset ?? 0, receipt.time)];
	});
	const next = { epoch, offset: before + messages.length };
	return { after: { epoch, offset: before }, messages, next, more: false };
}
