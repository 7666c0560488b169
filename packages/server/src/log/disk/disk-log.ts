/** The contract of a log on top of an environment that this process owns. */
import { type Cursor, HoldfastError, type Message } from "@holdfast/protocol";
import type { Clock, Random, Timer } from "../../clock.ts";
import { diagnostics } from "../../diagnostics.ts";
import type { StoreLimits } from "../../options.ts";
import { newEpoch } from "../epoch.ts";
import { fingerprint } from "../fingerprint.ts";
import type { ChannelInfo, Draft, Limit, ListQuery, Log, LogPage, Receipt, Retention, Start, Unwatch } from "../log.ts";
import { dataBytes, makeMessage } from "../message.ts";
import { type Slice, sweepEvery, sweepInterval } from "../sweeper.ts";
import { Watchers } from "../watchers.ts";
import { type ChannelRecord, Channels, emptyRecord, headOf } from "./channels.ts";
import { dropClaim } from "./claim.ts";
import { diskFull, type Environment } from "./environment.ts";
import { KnownKeys } from "./known-keys.ts";
import { putMessage } from "./messages.ts";
import { giveUpOwnership, isOwner, lease, renewLease } from "./owner.ts";
import { DiskReader } from "./reader.ts";
import { Room } from "./room.ts";
import { Writer } from "./writer.ts";

interface DiskLogParts {
	readonly environment: Environment;
	readonly clock: Clock;
	readonly random: Random;
	readonly token: string;
	readonly firstEpoch: string;
	readonly limits: StoreLimits;
}

/** What one append adds to a channel. */
interface Growth {
	readonly record: ChannelRecord;
	readonly after: Cursor;
	readonly messages: Message[];
}

interface Appended {
	readonly receipts: readonly Receipt[];
	readonly grown: ReadonlyMap<string, Growth>;
}

/** Removed in one transaction: it keeps the event loop for milliseconds only, and writes less than `keptFree.always`. */
const removedATime = 100;
const sweptChannels = 100;
/** Beyond what a transaction adds, so that a log whose retention was lowered comes down without a sweep. */
const trimmedBeyond = 64;

export class DiskLog implements Log {
	readonly #parts: DiskLogParts;
	readonly #retention: Retention;
	readonly #channels: Channels;
	readonly #known: KnownKeys;
	readonly #writer: Writer;
	readonly #reader: DiskReader;
	readonly #room: Room;
	readonly #watchers = new Watchers();
	readonly #endSweeps: () => void;
	#lease: Timer | undefined;
	/** Messages that the transaction under way adds, by channel. */
	readonly #added = new Map<string, number>();
	/** New lives that began in the transaction under way, for their watchers when it is kept. */
	readonly #resets = new Map<string, LogPage>();
	#closing: Promise<void> | undefined;

	constructor(parts: DiskLogParts) {
		const { environment, clock, limits } = parts;
		this.#parts = parts;
		this.#retention = { messages: limits.retentionMessages, bytes: limits.retentionBytes, age: limits.retentionAge };
		this.#channels = new Channels(environment, parts.firstEpoch);
		this.#known = new KnownKeys(environment);
		this.#room = new Room(environment, limits.maxStoreBytes);
		this.#writer = new Writer(environment, (jobs) => {
			this.#begin();
			return this.#channels.together(() => {
				const results = jobs();
				this.#trimAdded();
				return results;
			});
		});
		this.#reader = new DiskReader({
			environment,
			channels: this.#channels,
			look: () => this.#open(),
			mend: (channel) => this.#write(1, () => this.#load(channel)),
		});
		const interval = sweepInterval(limits.retentionAge, limits.idempotencyWindow);
		const failed = (error: unknown) => diagnostics.fault.tell({ during: "sweep", error });
		this.#endSweeps = sweepEvery(clock, interval, () => this.#sweep(), failed);
		this.#renewLater();
	}

	/** `givenUp`: asked when the drafts' turn has come; what nobody waits for any more is not kept. */
	async append(drafts: readonly Draft[], givenUp = () => false): Promise<readonly Receipt[]> {
		this.#open();
		const appended = await this.#write(
			drafts.length,
			() => (givenUp() ? new HoldfastError("store_unavailable", "It had to wait for too long.") : this.#append(drafts)),
			(result) => {
				if (!(result instanceof HoldfastError)) this.#tell(result.grown);
			},
		);
		if (appended instanceof HoldfastError) throw appended;
		return appended.receipts;
	}

	async read(channel: string, start: Start, limit: Limit): Promise<LogPage> {
		return this.#reader.read(channel, start, limit);
	}

	watch(channel: string, grown: (page: LogPage) => void): Unwatch {
		this.#open();
		return this.#watchers.watch(channel, grown);
	}

	async describe(channel: string): Promise<ChannelInfo> {
		return this.#reader.describe(channel);
	}

	async list(query: ListQuery): Promise<{ channels: readonly ChannelInfo[]; more: boolean }> {
		return this.#reader.list(query);
	}

	async remove(channel: string): Promise<void> {
		let next: Cursor | undefined;
		while (next === undefined) {
			this.#open();
			next = await this.#write(removedATime, () => this.#removeSome(channel));
		}
	}

	/** Nothing is written from when `work` is called until its promise has ended. */
	pause(work: () => Promise<void>): Promise<void> {
		this.#open();
		return this.#writer.pause(work);
	}

	close(): Promise<void> {
		this.#closing ??= this.#close();
		return this.#closing;
	}

	async #close(): Promise<void> {
		this.#endSweeps();
		this.#lease?.cancel();
		await this.#writer.idle();
		try {
			await this.#writer.write(1, () => giveUpOwnership(this.#parts.environment));
			await this.#writer.idle();
			dropClaim(this.#parts.environment.folder, this.#parts.token);
		} catch (error) {
			// On a full disk for one. The next owner sees that this process is gone, or that its lease is over.
			diagnostics.fault.tell({ during: "close", error });
		}
		this.#watchers.clear();
		await this.#parts.environment.root.close();
	}

	#open(): void {
		if (this.#closing !== undefined) throw new HoldfastError("store_unavailable", "The log has been closed.");
	}

	/** First in each transaction. Another may own the folder by now, if this process was stopped for longer than its lease. */
	#begin(): void {
		const { environment, token } = this.#parts;
		if (!isOwner(environment, token)) {
			throw new HoldfastError("store_unavailable", `Another process has taken over ${environment.folder}.`);
		}
		this.#room.begin();
		this.#added.clear();
		this.#resets.clear();
	}

	/** Once a channel, however many appends share the transaction: whether the oldest message is too old is asked of the disk. */
	#trimAdded(): void {
		const now = this.#parts.clock.now();
		for (const [channel, added] of this.#added) {
			const record = this.#load(channel);
			this.#channels.trim(channel, record, this.#retention, now, added + trimmedBeyond);
			this.#channels.save(channel, record);
		}
	}

	#write<Result>(weight: number, job: () => Result, kept: (result: Result) => void = () => {}): Promise<Result> {
		return this.#writer.write(weight, job, (result) => {
			for (const [channel, page] of this.#resets) this.#watchers.tell(channel, page);
			this.#resets.clear();
			kept(result);
		});
	}

	#tell(grown: ReadonlyMap<string, Growth>): void {
		for (const [channel, { after, messages }] of grown) {
			const next = { epoch: after.epoch, offset: after.offset + messages.length };
			this.#watchers.tell(channel, { after, messages, next, more: false });
		}
	}

	#append(drafts: readonly Draft[]): Appended | HoldfastError {
		const now = this.#parts.clock.now();
		if (!this.#fits(drafts, now)) {
			return diskFull(this.#parts.environment.folder);
		}
		const grown = new Map<string, Growth>();
		const receipts = drafts.map((draft) => this.#appendOne(draft, now, grown));
		for (const [channel, { record, messages }] of grown) {
			this.#added.set(channel, (this.#added.get(channel) ?? 0) + messages.length);
			this.#channels.save(channel, record);
		}
		return { receipts, grown };
	}

	/** Trimming, sweeping and removing are not held to the bound, so that a full store can come down again. */
	#fits(drafts: readonly Draft[], now: number): boolean {
		let needed = 0;
		for (const draft of drafts) needed += roughBytes(draft);
		return this.#room.take(needed) || drafts.every((draft) => this.#known.recall(draft, this.#load(draft.channel).epoch, now));
	}

	#appendOne(draft: Draft, now: number, grown: Map<string, Growth>): Receipt {
		const { channel } = draft;
		const growth = grown.get(channel) ?? this.#growth(channel);
		const { record, messages } = growth;
		const known = this.#known.recall(draft, record.epoch, now);
		if (known !== undefined) {
			const { id, time } = makeMessage(draft, known.epoch, known.offset, known.time);
			if (known.fingerprint === fingerprint(draft)) return { channel, id, time, known: true };
			return {
				channel,
				refused: "key_reused",
				detail: `The idempotency key was first used for other data, event or key: ${id}.`,
			};
		}
		grown.set(channel, growth);
		record.head += 1;
		record.lastTime = Math.max(record.lastTime, now);
		const message = makeMessage(draft, record.epoch, record.head, record.lastTime);
		record.bytes += dataBytes(message);
		messages.push(message);
		putMessage(this.#parts.environment.messages, message);
		const { offset, time } = message;
		this.#known.remember(draft, { epoch: record.epoch, offset, time, until: now + this.#parts.limits.idempotencyWindow });
		return { channel, id: message.id, time, known: false };
	}

	#growth(channel: string): Growth {
		const record = this.#load(channel);
		return { record, after: headOf(record), messages: [] };
	}

	/** In a transaction: a damaged record is made anew. */
	#load(channel: string): ChannelRecord {
		const record = this.#channels.load(channel);
		if (record !== undefined) return record;
		diagnostics.damagedRecord.tell({ channel, offset: 0 });
		const rebuilt = this.#channels.rebuild(channel, newEpoch(this.#parts.random));
		// Live readers had everything up to here; those with older cursors are told by their next read.
		this.#reset(channel, headOf(rebuilt), headOf(rebuilt));
		return rebuilt;
	}

	#reset(channel: string, after: Cursor, next: Cursor): void {
		this.#resets.set(channel, { after, gap: { next, reason: "reset" }, messages: [], next, more: false });
	}

	/** The messages go in pieces, oldest first; with the last of them this life ends, and the next one's first cursor is given. */
	#removeSome(channel: string): Cursor | undefined {
		const record = this.#load(channel);
		this.#channels.drop(channel, record, removedATime);
		if (record.first <= record.head) {
			this.#channels.save(channel, record);
			return undefined;
		}
		const next = emptyRecord(newEpoch(this.#parts.random));
		this.#channels.save(channel, next);
		this.#reset(channel, headOf(record), headOf(next));
		return headOf(next);
	}

	#sweep(): Slice {
		let after = "";
		return async () => {
			const now = this.#parts.clock.now();
			const { last, more } = await this.#write(removedATime, () => {
				const forgotten = this.#known.forget(now, removedATime);
				const trimmed = this.#trimSome(after, now);
				return { last: trimmed.last, more: trimmed.more || forgotten === removedATime };
			});
			after = last;
			return more;
		};
	}

	#trimSome(after: string, now: number): { readonly last: string; readonly more: boolean } {
		const names = this.#channels.names(after, true, sweptChannels);
		let last = after;
		let left = removedATime;
		for (const name of names) {
			const record = this.#load(name);
			const trimmed = this.#channels.trim(name, record, this.#retention, now, left);
			if (trimmed > 0) this.#channels.save(name, record);
			left -= trimmed;
			// This channel may have more to give, so it is the first of the next slice.
			if (left <= 0) return { last, more: true };
			last = name;
		}
		return { last, more: names.length === sweptChannels };
	}

	#renewLater(): void {
		if (this.#closing !== undefined) return;
		const { clock, environment } = this.#parts;
		this.#lease = clock.after(lease / 3, () => {
			this.#writer
				.write(1, () => renewLease(environment, clock.now()))
				.catch((error: unknown) => diagnostics.fault.tell({ during: "lease", error }))
				.finally(() => this.#renewLater());
		});
	}
}

const pageBytes = 4096;
const overhead = 512;

/** What a draft takes in the file at most: large records have pages of their own. */
function roughBytes(draft: Draft): number {
	const bytes = dataBytes(draft) + overhead;
	return bytes < pageBytes / 2 ? bytes : Math.ceil(bytes / pageBytes) * pageBytes + overhead;
}
