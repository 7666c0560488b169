/** The log of a worker: it reads the store on disk by itself, and has the owner write. */
import { HoldfastError } from "@holdfast/protocol";
import type { Clock } from "../../clock.ts";
import { diagnostics } from "../../diagnostics.ts";
import { Channels, headOf } from "../disk/channels.ts";
import type { Environment } from "../disk/environment.ts";
import { DiskReader } from "../disk/reader.ts";
import { FreshnessState } from "../freshness.ts";
import type { ChannelInfo, Draft, Limit, ListQuery, Log, LogPage, Receipt, Start, Unwatch } from "../log.ts";
import { type Slice, sweepEvery } from "../sweeper.ts";
import { Watches } from "../watches.ts";
import type { Grown } from "./calls.ts";
import { type Door, patience } from "./door.ts";

/** Milliseconds between two looks at the heads of all that is watched. */
const compareInterval = 5000;
const compared = 100;

interface WorkerLogParts {
	readonly environment: Environment;
	readonly firstEpoch: string;
	readonly door: Pick<Door, "ask" | "say" | "connected" | "close">;
	readonly clock: Clock;
}

export class WorkerLog implements Log {
	readonly freshness = new FreshnessState();
	readonly #parts: WorkerLogParts;
	readonly #channels: Channels;
	readonly #reader: DiskReader;
	readonly #watches: Watches;
	readonly #pending = new Set<Promise<unknown>>();
	readonly #endCompare: () => void;
	/** Counts the connections, so that what one of them began is not ended by another. */
	#connections = 0;
	#closed: Promise<void> | undefined;

	constructor(parts: WorkerLogParts) {
		const { environment, firstEpoch, door, clock } = parts;
		this.#parts = parts;
		this.#channels = new Channels(environment, firstEpoch);
		this.#reader = new DiskReader({
			environment,
			channels: this.#channels,
			look: () => this.#look(),
			mend: (channel) => door.ask("mend", channel, patience),
		});
		this.#watches = new Watches({
			// An owner that is away is asked for everything that is watched when it is back, and what came meanwhile is read.
			listen: async (channel) => {
				if (door.connected) await door.ask("watch", [channel], patience).catch(() => undefined);
			},
			leave: (channel) => door.say({ unwatch: channel }),
			read: (channel, start, limit) => this.#reader.read(channel, start, limit),
		});
		const failed = (error: unknown) => diagnostics.fault.tell({ during: "compare", error });
		this.#endCompare = sweepEvery(clock, compareInterval, () => this.#compare(), failed);
	}

	async append(drafts: readonly Draft[]): Promise<readonly Receipt[]> {
		this.#open();
		return this.#count(this.#append(drafts));
	}

	async read(channel: string, start: Start, limit: Limit): Promise<LogPage> {
		this.#open();
		// What a reader finds here must be told from there on.
		await this.#watches.get(channel)?.begin();
		return this.#reader.read(channel, start, limit);
	}

	watch(channel: string, grown: (page: LogPage) => void): Unwatch {
		this.#open();
		return this.#watches.watch(channel, grown);
	}

	async describe(channel: string): Promise<ChannelInfo> {
		return this.#reader.describe(channel);
	}

	async list(query: ListQuery): Promise<{ channels: readonly ChannelInfo[]; more: boolean }> {
		return this.#reader.list(query);
	}

	async remove(channel: string): Promise<void> {
		this.#open();
		await this.#count(this.#remove(channel));
	}

	close(): Promise<void> {
		this.#closed ??= (async () => {
			this.#endCompare();
			await Promise.allSettled(this.#pending);
			this.#watches.clear();
			this.#parts.door.close();
			await this.#parts.environment.root.close();
		})();
		return this.#closed;
	}

	/** There is an owner again. Another one knows nothing of what is watched here, and may have written since. */
	async met(): Promise<void> {
		const connection = ++this.#connections;
		try {
			await this.#parts.door.ask("watch", [...this.#watches.channels()], patience);
			await Promise.all(Array.from(this.#watches.channels(), (channel) => this.#watches.get(channel)?.look()));
			if (connection === this.#connections) this.freshness.set(true);
		} catch {
			// It is gone once more, or will be by its pings.
		}
	}

	parted(): void {
		this.#connections += 1;
		this.freshness.set(false);
	}

	grown(channels: Grown["grown"]): void {
		for (const [channel, head] of channels) this.#watches.hint(channel, head);
	}

	#open(): void {
		if (this.#closed !== undefined) throw new HoldfastError("store_unavailable", "The log has been closed.");
	}

	#look(): void {
		this.#open();
		// A read of this turn may have begun before what the owner has just told was kept.
		this.#parts.environment.root.resetReadTxn();
	}

	/** Closing waits for it. */
	async #count<T>(work: Promise<T>): Promise<T> {
		this.#pending.add(work);
		try {
			return await work;
		} finally {
			this.#pending.delete(work);
		}
	}

	async #append(drafts: readonly Draft[]): Promise<readonly Receipt[]> {
		const { door, clock } = this.#parts;
		const until = clock.now() + patience;
		const channels = [...new Set(drafts.map(({ channel }) => channel))];
		await this.#watches.beginAll(channels);
		try {
			const receipts = await door.ask("append", { drafts, until }, until - clock.now());
			await this.#watches.appended(drafts, receipts);
			return receipts;
		} catch (error) {
			// An answer that was lost on its way may be that it is stored.
			for (const channel of channels) void this.#watches.look(channel);
			throw error;
		}
	}

	async #remove(channel: string): Promise<void> {
		await this.#watches.beginAll([channel]);
		await this.#parts.door.ask("remove", channel);
		await this.#watches.look(channel);
	}

	/** What is watched is compared with what there is, so that nothing rests on a hint alone. */
	#compare(): Slice {
		const channels = this.#watches.channels();
		return async () => {
			this.#look();
			for (let i = 0; i < compared; i++) {
				const { value: channel, done } = channels.next();
				if (done) return false;
				const record = this.#channels.load(channel);
				if (record === undefined) void this.#watches.look(channel);
				else this.#watches.hint(channel, headOf(record));
			}
			return true;
		};
	}
}
