/** What a log on disk tells, from its environment alone: for the process that owns it, and for others that may only read. */
import type { ChannelInfo, Limit, ListQuery, LogPage, Start } from "../log.ts";
import { type ChannelRecord, type Channels, infoOf } from "./channels.ts";
import type { Environment } from "./environment.ts";
import { readPage } from "./read-page.ts";

export interface DiskReaderParts {
	readonly environment: Environment;
	readonly channels: Channels;
	/** Called before each look. Throws when the log has been closed. */
	look(): void;
	/** Has a damaged record made anew. */
	mend(channel: string): Promise<unknown>;
}

/** Names looked at in one piece. */
const listed = 100;

export class DiskReader {
	readonly #parts: DiskReaderParts;

	constructor(parts: DiskReaderParts) {
		this.#parts = parts;
	}

	async read(channel: string, start: Start, limit: Limit): Promise<LogPage> {
		const { messages } = this.#parts.environment;
		// In the same turn as the record is read: a commit in between could trim what the record says is there.
		return this.#with(channel, (record) => readPage(messages, channel, record, start, limit));
	}

	async describe(channel: string): Promise<ChannelInfo> {
		return this.#with(channel, (record) => infoOf(channel, record));
	}

	async list({ prefix, after, limit }: ListQuery): Promise<{ channels: readonly ChannelInfo[]; more: boolean }> {
		const channels: ChannelInfo[] = [];
		let from = after > prefix ? after : prefix;
		let exclusive = from === after;
		for (;;) {
			this.#parts.look();
			const names = this.#parts.channels.names(from, exclusive, listed);
			for (const name of names) {
				if (!name.startsWith(prefix)) return { channels, more: false };
				const info = await this.describe(name);
				if (info.head.offset === 0) continue;
				if (channels.length === limit) return { channels, more: true };
				channels.push(info);
			}
			const last = names.at(-1);
			if (last === undefined || names.length < listed) return { channels, more: false };
			from = last;
			exclusive = true;
		}
	}

	async #with<Result>(channel: string, tell: (record: ChannelRecord) => Result): Promise<Result> {
		for (;;) {
			this.#parts.look();
			const record = this.#parts.channels.load(channel);
			if (record !== undefined) return tell(record);
			await this.#parts.mend(channel);
		}
	}
}
