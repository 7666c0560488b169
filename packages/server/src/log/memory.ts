/** A log in memory: as fast as it gets, and gone with the process. */
import { type Cursor, HoldfastError, type Message } from "@holdfast/protocol";
import { type Clock, type Random, systemClock, systemRandom } from "../clock.ts";
import { diagnostics } from "../diagnostics.ts";
import { resolveOptions, type StoreLimits, storeOptions } from "../options.ts";
import { newEpoch } from "./epoch.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Draft, ListQuery, Log, LogPage, Receipt, Retention, Stored } from "./log.ts";
import { MemoryChannel } from "./memory-channel.ts";
import { dataBytes } from "./message.ts";
import { type Slice, sweepEvery, sweepInterval } from "./sweeper.ts";
import { Watchers } from "./watchers.ts";

export interface MemoryLogOptions extends Partial<StoreLimits> {
	readonly clock?: Clock;
	readonly random?: Random;
}

/** What a V8 heap takes beside the text itself: objects, ids, slots of maps. */
const overhead = { channel: 1024, message: 256, key: 384 };
const channelsASlice = 200;

/** What one append adds to a channel. */
interface Growth {
	readonly after: Cursor;
	readonly messages: Message[];
}

interface Known {
	readonly stored: Stored;
	readonly epoch: string;
	readonly fingerprint: string;
	readonly until: number;
	readonly bytes: number;
}

/**
 * Keeps everything in this process. `append` promises nothing beyond the process, and the log begins a new epoch with it.
 *
 * @throws HoldfastError `bad_request` for a limit out of its bounds.
 */
export function memoryLog(options: MemoryLogOptions = {}): Log {
	const { clock = systemClock, random = systemRandom, ...limits } = options;
	return new MemoryLog(clock, random, resolveOptions(storeOptions, { maxStoreBytes: 1024 ** 3, ...limits }));
}

class MemoryLog implements Log {
	readonly #clock: Clock;
	readonly #random: Random;
	readonly #limits: StoreLimits;
	readonly #retention: Retention;
	/** Of every channel until it is removed, so that an empty one has a cursor without anything being stored. */
	readonly #firstEpoch: string;
	readonly #channels = new Map<string, MemoryChannel>();
	/** By channel and idempotency key, oldest first. */
	readonly #known = new Map<string, Known>();
	readonly #watchers = new Watchers();
	readonly #endSweeps: () => void;
	#bytes = 0;
	#closed = false;

	constructor(clock: Clock, random: Random, limits: StoreLimits) {
		this.#clock = clock;
		this.#random = random;
		this.#limits = limits;
		this.#retention = { messages: limits.retentionMessages, bytes: limits.retentionBytes, age: limits.retentionAge };
		this.#firstEpoch = newEpoch(random);
		const interval = sweepInterval(limits.retentionAge, limits.idempotencyWindow);
		this.#endSweeps = sweepEvery(
			clock,
			interval,
			() => this.#sweep(),
			(error) => diagnostics.fault.tell({ during: "sweep", error }),
		);
	}

	async append(drafts: readonly Draft[]): Promise<readonly Receipt[]> {
		this.#open();
		const now = this.#clock.now();
		this.#forgetKeys(now);
		this.#makeSure(drafts);
		const grown = new Map<MemoryChannel, Growth>();
		const receipts = drafts.map((draft) => this.#appendOne(draft, now, grown));
		for (const [channel, { after, messages }] of grown) {
			this.#weigh(channel, () => channel.trim(this.#retention, now));
			const next = { epoch: channel.epoch, offset: channel.head };
			this.#watchers.tell(channel.name, { after, messages, next, more: false });
		}
		return receipts;
	}

	async read(channel: string, ...where: Parameters<MemoryChannel["read"]>): Promise<LogPage> {
		this.#open();
		return this.#look(channel).read(...where);
	}

	watch(channel: string, grown: (page: LogPage) => void) {
		this.#open();
		return this.#watchers.watch(channel, grown);
	}

	async describe(channel: string) {
		this.#open();
		return this.#look(channel).describe();
	}

	async list({ prefix, after, limit }: ListQuery) {
		this.#open();
		const names: string[] = [];
		for (const { name, head } of this.#channels.values()) {
			if (head > 0 && name.startsWith(prefix) && name > after) names.push(name);
		}
		const channels = names
			.sort()
			.slice(0, limit)
			.map((name) => this.#look(name).describe());
		return { channels, more: names.length > limit };
	}

	async remove(name: string): Promise<void> {
		this.#open();
		const channel = this.#touch(name);
		const after = { epoch: channel.epoch, offset: channel.head };
		this.#weigh(channel, () => channel.reset(newEpoch(this.#random)));
		const next = { epoch: channel.epoch, offset: 0 };
		this.#watchers.tell(name, { after, gap: { next, reason: "reset" }, messages: [], next, more: false });
	}

	async close(): Promise<void> {
		this.#closed = true;
		this.#endSweeps();
		this.#watchers.clear();
		this.#channels.clear();
		this.#known.clear();
	}

	#open(): void {
		if (this.#closed) throw new HoldfastError("store_unavailable", "The log has been closed.");
	}

	/** The channel, which is not stored by being looked at. */
	#look(name: string): MemoryChannel {
		return this.#channels.get(name) ?? new MemoryChannel(name, this.#firstEpoch);
	}

	#touch(name: string): MemoryChannel {
		const channel = this.#look(name);
		if (this.#channels.has(name)) return channel;
		this.#channels.set(name, channel);
		this.#bytes += overhead.channel + name.length;
		return channel;
	}

	/** Counts what `change` makes of the channel's size. */
	#weigh<Result>(channel: MemoryChannel, change: () => Result): Result {
		const weight = () => channel.bytes + channel.count * overhead.message;
		const before = weight();
		const result = change();
		this.#bytes += weight() - before;
		return result;
	}

	/** All drafts fit, or none is kept. */
	#makeSure(drafts: readonly Draft[]): void {
		let needed = 0;
		const fresh = new Set<string>();
		for (const draft of drafts) {
			if (this.#recall(draft) !== undefined) continue;
			needed += overhead.message + dataBytes(draft);
			if (draft.idempotencyKey !== undefined) needed += keyBytes(draft.channel, draft.idempotencyKey);
			if (!this.#channels.has(draft.channel)) fresh.add(draft.channel);
		}
		for (const name of fresh) needed += overhead.channel + name.length;
		if (needed > 0 && this.#bytes + needed > this.#limits.maxStoreBytes) {
			throw new HoldfastError("disk_full", `The log holds all the ${this.#limits.maxStoreBytes} bytes that it may.`);
		}
	}

	#appendOne(draft: Draft, now: number, grown: Map<MemoryChannel, Growth>): Receipt {
		const print = draft.idempotencyKey === undefined ? "" : fingerprint(draft);
		const known = this.#recall(draft);
		if (known !== undefined) {
			if (known.fingerprint === print) return { ...known.stored, known: true };
			const detail = `The idempotency key was first used for other data, event or key: ${known.stored.id}.`;
			return { channel: draft.channel, refused: "key_reused", detail };
		}
		const channel = this.#touch(draft.channel);
		const growth = grown.get(channel) ?? { after: { epoch: channel.epoch, offset: channel.head }, messages: [] };
		const message = this.#weigh(channel, () => channel.push(draft, now));
		growth.messages.push(message);
		grown.set(channel, growth);
		const stored = { channel: channel.name, id: message.id, time: message.time, known: false };
		if (draft.idempotencyKey !== undefined) this.#remember(draft, draft.idempotencyKey, stored, print, now);
		return stored;
	}

	/** Keys belong to one life of a channel: what was removed may be published again. */
	#recall(draft: Draft): Known | undefined {
		if (draft.idempotencyKey === undefined) return undefined;
		const known = this.#known.get(keyName(draft.channel, draft.idempotencyKey));
		return known?.epoch === this.#look(draft.channel).epoch ? known : undefined;
	}

	#remember(draft: Draft, key: string, stored: Stored, print: string, now: number): void {
		const name = keyName(draft.channel, key);
		const epoch = this.#look(draft.channel).epoch;
		const bytes = keyBytes(draft.channel, key);
		this.#bytes += bytes - (this.#known.get(name)?.bytes ?? 0);
		this.#known.delete(name);
		this.#known.set(name, { stored, epoch, fingerprint: print, until: now + this.#limits.idempotencyWindow, bytes });
	}

	#forgetKeys(now: number): void {
		for (const [name, known] of this.#known) {
			if (known.until > now) break;
			this.#known.delete(name);
			this.#bytes -= known.bytes;
		}
	}

	#sweep(): Slice {
		const channels = this.#channels.values();
		return () => {
			const now = this.#clock.now();
			this.#forgetKeys(now);
			for (let i = 0; i < channelsASlice; i++) {
				const { value: channel, done } = channels.next();
				if (done) return false;
				this.#weigh(channel, () => channel.trim(this.#retention, now));
			}
			return true;
		};
	}
}

function keyName(channel: string, key: string): string {
	return `${channel}\0${key}`;
}

function keyBytes(channel: string, key: string): number {
	return overhead.key + 2 * (channel.length + key.length);
}
