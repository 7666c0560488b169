/** The log in Redis. Every node has one of its own, on the same keys. */
import { type ErrorCode, HoldfastError, parseCursor } from "@holdfast/protocol";
import { type Clock, type Random, systemClock } from "../../clock.ts";
import { diagnostics } from "../../diagnostics.ts";
import type { StoreLimits } from "../../options.ts";
import { newEpoch } from "../epoch.ts";
import { FreshnessState } from "../freshness.ts";
import type { ChannelInfo, Draft, Limit, ListQuery, Log, LogPage, Receipt, Start } from "../log.ts";
import { sharing } from "../sharing.ts";
import { type Slice, sweepEvery, sweepInterval } from "../sweeper.ts";
import { Watches } from "../watches.ts";
import { appendCall } from "./append-call.ts";
import { type Door, inTime } from "./door.ts";
import type { Hints } from "./hints.ts";
import type { Keys, Partition } from "./keys.ts";
import { infoOf, pageOf, parseStretch, type Stretch } from "./read-page.ts";
import { goRounds } from "./rounds.ts";

/** Milliseconds of the two seconds that a publish has. */
const patienceForWatches = 400;
const nothing: Limit = { messages: 0, bytes: 0 };

export interface RedisLogParts {
	readonly door: Door;
	readonly hints: Hints;
	readonly keys: Keys;
	readonly clock: Clock;
	readonly random: Random;
	readonly limits: StoreLimits;
	/** Milliseconds. */
	readonly compareInterval: number;
	/** Whether a Redis that is started again has everything that it acknowledged. */
	readonly keeps: boolean;
	/** Ends what was opened for it. */
	end(): Promise<void>;
}

export class RedisLog implements Log {
	readonly #parts: RedisLogParts;
	readonly #watches: Watches;
	readonly #share = sharing<LogPage>();
	readonly freshness = new FreshnessState();
	readonly #pending = new Set<Promise<unknown>>();
	readonly #endTimers: readonly (() => void)[];
	/** Messages, bytes and age, as the functions take them. */
	readonly #retention: readonly string[];
	#closed: Promise<void> | undefined;

	constructor(parts: RedisLogParts) {
		this.#parts = parts;
		this.#watches = new Watches({
			listen: (channel) => parts.hints.join(this.#hintOf(channel), (text) => this.#heard(channel, text)),
			leave: (channel) => parts.hints.leave(this.#hintOf(channel)),
			read: (channel, start, limit) => this.#read(channel, start, limit),
		});
		const { retentionMessages, retentionBytes, retentionAge, idempotencyWindow } = parts.limits;
		this.#retention = [retentionMessages, retentionBytes, retentionAge].map(String);
		const interval = sweepInterval(retentionAge, idempotencyWindow);
		const failed = (error: unknown) => diagnostics.fault.tell({ during: "sweep", error });
		this.#endTimers = [
			sweepEvery(parts.clock, interval, () => this.#sweep(), failed),
			goRounds({ ...parts, watches: this.#watches, freshness: this.freshness, interval: parts.compareInterval }),
		];
	}

	async append(drafts: readonly Draft[]): Promise<readonly Receipt[]> {
		this.#open();
		const places = new Map<Partition, number[]>();
		for (const [i, { channel }] of drafts.entries()) {
			const partition = this.#parts.keys.partitionOf(channel);
			places.set(partition, [...(places.get(partition) ?? []), i]);
		}
		const all: Receipt[] = [];
		const failures: HoldfastError[] = [];
		const appends = [...places].map(async ([partition, own]) => {
			try {
				const receipts = await this.#appendTo(
					partition,
					own.map((i) => drafts[i] as Draft),
				);
				for (const [n, i] of own.entries()) all[i] = receipts[n] as Receipt;
			} catch (error) {
				failures.push(error as HoldfastError);
			}
		});
		await this.#count(Promise.all(appends));
		const [failure] = failures;
		if (failure && failures.length === places.size) throw failure;
		// Where a part could not be kept, those who asked for it are told, and may try again.
		return drafts.map(({ channel }, i) => all[i] ?? refused(channel, failure));
	}

	async read(channel: string, start: Start, limit: Limit): Promise<LogPage> {
		this.#open();
		// What a reader finds here must be told from there on.
		await this.#watches.get(channel)?.begin();
		// Readers that come back together stand at the same place.
		const same = `${channel},${argumentsOf(start)},${limit.messages},${limit.bytes}`;
		return this.#share(same, () => this.#read(channel, start, limit));
	}

	watch(channel: string, grown: (page: LogPage) => void) {
		this.#open();
		return this.#watches.watch(channel, grown);
	}

	async describe(channel: string): Promise<ChannelInfo> {
		this.#open();
		return infoOf(channel, await this.#stretch(channel, "now", nothing));
	}

	async list({ prefix, after, limit }: ListQuery) {
		this.#open();
		const { keys, door } = this.#parts;
		const told = await Promise.all(
			keys.all.map(({ names, hash }) => door.ask("list", [names], [prefix, after, String(limit + 1), hash])),
		);
		const all = told.flatMap((one) => infosOf(one as string[])).filter(({ head }) => head.offset > 0);
		const channels = all.sort((a, b) => (a.channel < b.channel ? -1 : 1)).slice(0, limit);
		return { channels, more: all.length > limit };
	}

	async remove(channel: string): Promise<void> {
		this.#open();
		const { keys, door, hints, random } = this.#parts;
		const { epoch, names, hash, stream, hint } = keys.partitionOf(channel);
		const args = [newEpoch(random), channel, hint + channel, hints.node];
		await this.#watches.beginAll([channel]);
		await this.#count(door.change("remove", [epoch, names, hash + channel, stream + channel], args));
		await this.#watches.look(channel);
	}

	close(): Promise<void> {
		this.#closed ??= (async () => {
			for (const end of this.#endTimers) end();
			await Promise.allSettled(this.#pending);
			this.#watches.clear();
			await this.#parts.end();
		})();
		return this.#closed;
	}

	#open(): void {
		if (this.#closed !== undefined) throw new HoldfastError("store_unavailable", "The log has been closed.");
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

	async #appendTo(partition: Partition, drafts: readonly Draft[]): Promise<readonly Receipt[]> {
		const { door, hints, clock, random, limits, keeps } = this.#parts;
		const settings = [String(clock.now()), newEpoch(random), keeps ? "1" : "0", ...this.#retention];
		const channels = new Set(drafts.map(({ channel }) => channel));
		await inTime(systemClock, patienceForWatches, this.#watches.beginAll(channels)).catch(later);
		const call = appendCall(partition, drafts, [...settings, String(limits.idempotencyWindow), hints.node]);
		try {
			const receipts = call.receipts((await door.changeForGood("append", call.keys, call.args)) as string[]);
			await this.#watches.appended(drafts, receipts);
			return receipts;
		} catch (error) {
			// An answer that was lost on its way may be that it is stored.
			for (const channel of channels) void this.#watches.look(channel);
			throw error;
		}
	}

	async #read(channel: string, start: Start, limit: Limit): Promise<LogPage> {
		return pageOf(channel, start, await this.#stretch(channel, start, limit));
	}

	async #stretch(channel: string, start: Start, limit: Limit): Promise<Stretch> {
		const { keys, door, random } = this.#parts;
		const { epoch, hash, stream } = keys.partitionOf(channel);
		const args = [...argumentsOf(start), String(limit.messages), String(limit.bytes)];
		const read = async () => parseStretch(await door.ask("read", [epoch, hash + channel, stream + channel], args));
		for (;;) {
			const stretch = await read();
			if (stretch) return stretch;
			await door.change("begin", [epoch], [newEpoch(random)]);
		}
	}

	#hintOf(channel: string): string {
		return this.#parts.keys.partitionOf(channel).hint + channel;
	}

	#heard(channel: string, text: string): void {
		const [node, place = ""] = text.split(" ");
		const head = parseCursor(place);
		// What this node appends it tells by itself, and not before it has been answered.
		if (head && node !== this.#parts.hints.node) this.#watches.hint(channel, head);
	}

	#sweep(): Slice {
		const { door, keys, clock } = this.#parts;
		const partitions = keys.all.values();
		let { value: partition } = partitions.next();
		let after = "";
		return async () => {
			if (partition === undefined) return false;
			const { names, hash, stream } = partition;
			after = String(await door.change("sweep", [names], [String(clock.now()), ...this.#retention, after, hash, stream]));
			if (after === "") ({ value: partition } = partitions.next());
			return true;
		};
	}
}

/** A watch that could not be begun in time is tried again with the next hint, append or comparison. */
const later = () => undefined;

function refused(channel: string, error: HoldfastError | undefined): Receipt {
	return { channel, refused: (error?.code ?? "internal") as ErrorCode, detail: error?.message ?? "" };
}

function argumentsOf(start: Start): readonly string[] {
	if (typeof start === "string") return [start, "0", ""];
	return "last" in start ? ["last", String(start.last), ""] : ["after", String(start.offset), start.epoch];
}

function infosOf(told: readonly string[]): ChannelInfo[] {
	const infos: ChannelInfo[] = [];
	for (let i = 0; i < told.length; i += 5) {
		const [channel = "", epoch = "", head, first, bytes] = told.slice(i, i + 5);
		const stretch = { epoch, head: Number(head), first: Number(first), bytes: Number(bytes), past: [], from: 0, entries: [] };
		infos.push(infoOf(channel, stretch));
	}
	return infos;
}
