/** One channel in memory: a queue of messages that is trimmed at its old end. */
import type { Message } from "@holdfast/protocol";
import type { ChannelInfo, Draft, Limit, LogPage, Retention, Start } from "./log.ts";
import { dataBytes, makeMessage } from "./message.ts";
import { place } from "./place.ts";

export class MemoryChannel {
	readonly name: string;
	epoch: string;
	head = 0;
	/** Of message data. */
	bytes = 0;
	#messages: Message[] = [];
	/** Messages at the front that have been trimmed and not yet cut off, so that trimming one does not move all. */
	#skip = 0;
	#lastTime = 0;

	constructor(name: string, epoch: string) {
		this.name = name;
		this.epoch = epoch;
	}

	get count(): number {
		return this.#messages.length - this.#skip;
	}

	get first(): number {
		return this.head - this.count + 1;
	}

	push(draft: Draft, now: number): Message {
		this.#lastTime = Math.max(this.#lastTime, now);
		this.head += 1;
		const message = makeMessage(draft, this.epoch, this.head, this.#lastTime);
		this.#messages.push(message);
		this.bytes += dataBytes(message);
		return message;
	}

	/** Trims what `retention` no longer keeps. The newest message falls to its age alone. */
	trim(retention: Retention, now: number): void {
		while (this.count > 0) {
			const oldest = this.#messages[this.#skip] as Message;
			const crowded = this.count > 1 && (this.count > retention.messages || this.bytes > retention.bytes);
			if (!crowded && oldest.time + retention.age > now) break;
			this.bytes -= dataBytes(oldest);
			this.#skip += 1;
		}
		if (this.#skip > 64 && this.#skip * 2 > this.#messages.length) {
			this.#messages = this.#messages.slice(this.#skip);
			this.#skip = 0;
		}
	}

	/** Begins a new life. */
	reset(epoch: string): void {
		this.epoch = epoch;
		this.head = 0;
		this.bytes = 0;
		this.#messages = [];
		this.#skip = 0;
	}

	read(start: Start, limit: Limit): LogPage {
		const { after, gap, offset } = place(this, start);
		const messages: Message[] = [];
		let bytes = 0;
		for (let at = this.#skip + offset - this.first + 1; at < this.#messages.length; at++) {
			const message = this.#messages[at] as Message;
			bytes += dataBytes(message);
			if (messages.length >= limit.messages || (messages.length > 0 && bytes > limit.bytes)) break;
			messages.push(message);
		}
		const next = { epoch: this.epoch, offset: offset + messages.length };
		return { after, ...(gap === undefined ? {} : { gap }), messages, next, more: next.offset < this.head };
	}

	describe(): ChannelInfo {
		return {
			channel: this.name,
			head: { epoch: this.epoch, offset: this.head },
			first: this.count === 0 ? null : { epoch: this.epoch, offset: this.first },
			messages: this.count,
			bytes: this.bytes,
		};
	}
}
