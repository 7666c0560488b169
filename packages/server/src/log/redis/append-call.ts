/** One append as a call of the function, and its answer as receipts. */
import { fingerprint } from "../fingerprint.ts";
import type { Draft, Receipt } from "../log.ts";
import type { Partition } from "./keys.ts";

/** What a function answers for a draft: `stored`, `known` or `reused`, an id and a time. */
const partsOfDraft = 3;

export interface AppendCall {
	readonly keys: readonly string[];
	/** All but the deadline. */
	readonly args: readonly string[];
	/** What the function answered, for each draft. */
	receipts(told: readonly string[]): readonly Receipt[];
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
		receipts: (told) => drafts.map((draft, i) => receiptOf(draft, told.slice(i * partsOfDraft, (i + 1) * partsOfDraft))),
	};
}

function receiptOf({ channel }: Draft, [state, id = "", time]: readonly string[]): Receipt {
	if (state !== "reused") return { channel, id, time: Number(time), known: state === "known" };
	return { channel, refused: "key_reused", detail: `The idempotency key was first used for other data, event or key: ${id}.` };
}
