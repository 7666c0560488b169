/** What is known of each channel: one record, written with every append to it. */
import type { Cursor } from "@holdfast/protocol";
import type { ChannelInfo, Retention } from "../log.ts";
import { dataBytes } from "../message.ts";
import type { Environment } from "./environment.ts";
import { channelKey, messageKey, messageOffset } from "./keys.ts";
import { getMessage, removeMessage } from "./messages.ts";
import { seal, unsealJson } from "./seal.ts";

export interface ChannelRecord {
	readonly epoch: string;
	/** The oldest message kept; `head + 1` when none is. */
	first: number;
	head: number;
	/** Of message data. */
	bytes: number;
	/** Of the newest message, so that time never goes back in a channel. */
	lastTime: number;
}

/** A record in the transaction under way, written when its jobs have run, however many of them changed it. */
interface Held {
	readonly record: ChannelRecord;
	changed: boolean;
	/** When the message at `first` was kept, once a trim has looked. */
	oldest: { readonly offset: number; readonly time: number } | undefined;
}

/** How far one trim looks past damaged records for one that tells its time. */
const farthest = 100;

export class Channels {
	readonly #environment: Environment;
	readonly #firstEpoch: string;
	#held: Map<string, Held> | undefined;

	constructor(environment: Environment, firstEpoch: string) {
		this.#environment = environment;
		this.#firstEpoch = firstEpoch;
	}

	/** Runs the jobs of one transaction: they share the records, of which each is read and written once. */
	together<Result>(jobs: () => Result): Result {
		const held = new Map<string, Held>();
		this.#held = held;
		try {
			const result = jobs();
			for (const [channel, { record, changed }] of held) if (changed) this.#write(channel, record);
			return result;
		} finally {
			this.#held = undefined;
		}
	}

	/** An empty log for a channel that has no record; undefined when the record is damaged. */
	load(channel: string): ChannelRecord | undefined {
		const held = this.#held?.get(channel);
		if (held !== undefined) return held.record;
		const record = this.#read(channel);
		if (record !== undefined) this.#held?.set(channel, { record, changed: false, oldest: undefined });
		return record;
	}

	/** In a transaction. */
	save(channel: string, record: ChannelRecord): void {
		const held = this.#held?.get(channel);
		if (held?.record === record) held.changed = true;
		else this.#held?.set(channel, { record, changed: true, oldest: undefined });
	}

	#read(channel: string): ChannelRecord | undefined {
		const key = channelKey(channel);
		const record = this.#environment.channels.getBinary(key);
		if (record === undefined) return emptyRecord(this.#firstEpoch);
		return unsealJson<ChannelRecord>(key, record);
	}

	#write(channel: string, record: ChannelRecord): void {
		const key = channelKey(channel);
		this.#environment.channels.putSync(key, seal(key, JSON.stringify(record)));
	}

	/** Names in byte order, from `from` on. */
	names(from: string, exclusive: boolean, limit: number): string[] {
		// lmdb knows no empty key.
		const range = this.#environment.channels.getKeys({ start: channelKey(from || "\0"), limit: limit + 1 });
		const names = [...range].map((key) => Buffer.from(key).toString());
		return names.filter((name) => !exclusive || name !== from).slice(0, limit);
	}

	/**
	 * A record for a channel whose own is damaged, from the messages that are there. Nobody knows how far the log had come, so
	 * it is a new life of it.
	 */
	rebuild(channel: string, epoch: string): ChannelRecord {
		const record = emptyRecord(epoch);
		const { messages } = this.#environment;
		const range = messages.getKeys({ start: messageKey(channel, 0), end: messageKey(channel, Number.MAX_SAFE_INTEGER) });
		for (const key of range) {
			const offset = messageOffset(Buffer.from(key));
			if (record.head === 0) record.first = offset;
			record.head = offset;
			const message = getMessage(messages, channel, epoch, offset);
			if (message === undefined) continue;
			record.bytes += dataBytes(message);
			record.lastTime = message.time;
		}
		this.save(channel, record);
		return record;
	}

	/** Removes at most `most` of the oldest messages that `retention` no longer keeps; the newest falls to its age alone. */
	trim(channel: string, record: ChannelRecord, retention: Retention, now: number, most: number): number {
		let trimmed = 0;
		while (trimmed < most && record.first <= record.head) {
			const count = record.head - record.first + 1;
			const crowded = count > 1 && (count > retention.messages || record.bytes > retention.bytes);
			if (!crowded && !this.#aged(channel, record, now - retention.age)) break;
			this.#removeOldest(channel, record);
			trimmed += 1;
		}
		return trimmed;
	}

	/** Removes at most `most` of the oldest messages, whatever they are. */
	drop(channel: string, record: ChannelRecord, most: number): void {
		for (let i = 0; i < most && record.first <= record.head; i++) this.#removeOldest(channel, record);
	}

	/** Whether the oldest message was kept at `before` or earlier; a damaged one is as old as the next that can be read. */
	#aged(channel: string, record: ChannelRecord, before: number): boolean {
		if (record.lastTime <= before) return true;
		const held = this.#held?.get(channel);
		if (held?.oldest?.offset === record.first) return held.oldest.time <= before;
		const end = Math.min(record.head, record.first + farthest);
		for (let offset = record.first; offset <= end; offset++) {
			const message = getMessage(this.#environment.messages, channel, record.epoch, offset);
			if (message === undefined) continue;
			if (held !== undefined) held.oldest = { offset: record.first, time: message.time };
			return message.time <= before;
		}
		return false;
	}

	#removeOldest(channel: string, record: ChannelRecord): void {
		const bytes = removeMessage(this.#environment.messages, channel, record.first);
		record.first += 1;
		// A damaged record may tell another size; the sum is right again when the channel is empty.
		record.bytes = record.first > record.head ? 0 : Math.max(0, record.bytes - bytes);
	}
}

export function emptyRecord(epoch: string): ChannelRecord {
	return { epoch, first: 1, head: 0, bytes: 0, lastTime: 0 };
}

export function headOf(record: ChannelRecord): Cursor {
	return { epoch: record.epoch, offset: record.head };
}

export function infoOf(channel: string, record: ChannelRecord): ChannelInfo {
	const messages = record.head - record.first + 1;
	return {
		channel,
		head: headOf(record),
		first: messages === 0 ? null : { epoch: record.epoch, offset: record.first },
		messages,
		bytes: record.bytes,
	};
}
