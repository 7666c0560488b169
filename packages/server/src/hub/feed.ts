import { type Cursor, sameCursor } from "@holdfast/protocol";
import type { Clock } from "../clock.ts";
import { diagnostics } from "../diagnostics.ts";
import type { Log, LogPage, Start, Unwatch } from "../log/log.ts";
import { nothingAfter, type Reading } from "./catch-up.ts";
import { type Delivery, DeliveryBuilder } from "./delivery.ts";
import type { Places, Scope } from "./scope.ts";

/** A reader as its feed sees it. */
export interface Follower {
	/** Where it stands. While it is live this is the feed's own list, the very object. */
	readonly places: Places;
	/** Takes one delivery at the head. False: it is late from now on. */
	deliver(delivery: Delivery): boolean;
	/** It was ahead of the feed, which has moved since. */
	catchUp(): void;
	/** The log was away, and what came meanwhile has been delivered. False: it is late from now on. */
	fresh(): boolean;
}

interface Grown {
	readonly index: number;
	readonly page: LogPage;
}

/** What one turn brings to all who stand at the head. */
interface Round {
	/** Where they stand. */
	readonly before: Places;
	readonly deliveries: readonly Delivery[];
	readonly followers: readonly Follower[];
	readonly isBack: boolean;
	readonly began: number;
}

/** Milliseconds of a round from which on the next one waits for more to come, and the longest that it waits. */
const longRound = 3;
const longestPause = 5;

export interface FeedOptions {
	readonly log: Log;
	readonly clock: Clock;
	/** Bytes of data from which on a delivery is cut, so that no socket is handed more than it may queue. */
	readonly deliveryBytes: number;
	/** Readers written to before other events get their turn. */
	readonly slice: number;
}

/**
 * The head of a scope and the readers that stand there. What the log tells in one turn of the event loop is cut into
 * deliveries and handed to all of them; what comes meanwhile waits for the next round, so that the order is one for all.
 */
export class Feed {
	readonly scope: Scope;
	readonly #options: FeedOptions;
	readonly #live = new Set<Follower>();
	readonly #ahead = new Set<Follower>();
	readonly #unwatch: Unwatch[];
	/** Unknown until the log has told the heads. */
	#places: Places | undefined;
	/** What reading from there gives, for all who come back to it. */
	#atHead: Reading | undefined;
	#grown: Grown[] = [];
	#isBack = false;
	/** The last round: how much it brought, how many milliseconds it took, and when it ended. */
	#last = { pages: 0, time: 0, ended: 0 };
	#round: "none" | "due" | "running" = "none";

	constructor(scope: Scope, options: FeedOptions) {
		this.scope = scope;
		this.#options = options;
		this.#unwatch = scope.channels.map((channel, index) =>
			options.log.watch(channel, (page) => {
				this.#grown.push({ index, page });
				this.#schedule();
			}),
		);
	}

	/** How many readers stand at the head. */
	get level(): number {
		return this.#live.size + this.#ahead.size;
	}

	/** Learns the heads; the watches are already on, so nothing kept meanwhile can be missed. */
	async start(): Promise<void> {
		const head = { messages: 1, bytes: 1 };
		const pages = await Promise.all(this.scope.channels.map((channel) => this.#options.log.read(channel, "now", head)));
		this.#places = pages.map((page) => page.next);
		this.#grown = this.#grown.filter((grown, i) => !this.#isCovered(grown, i));
		this.#schedule();
	}

	/**
	 * Takes a reader in that stands at the head: from the next round on it is delivered to. A reader ahead of the head
	 * (what it has read is on its way to the others) is called back after the round. False: it is behind, and must read.
	 */
	join(follower: Follower): Places | "ahead" | false {
		const standing = this.#compare(follower.places);
		if (standing === "behind") return false;
		if (standing === "ahead") {
			this.#ahead.add(follower);
			return "ahead";
		}
		this.#live.add(follower);
		return this.#places as Places;
	}

	/** What a read at its head would give, if that is where `starts` are. */
	readingAt(starts: readonly Start[]): Reading | undefined {
		const heads = this.#places;
		if (heads === undefined) return undefined;
		const isNow = this.#isNow;
		const isLevel = (start: Start | undefined, head: Cursor) =>
			start === "now" ? isNow : typeof start === "object" && "epoch" in start && sameCursor(start, head);
		if (!heads.every((head, i) => isLevel(starts[i], head))) return undefined;
		if (this.#atHead?.delivery.places !== heads) this.#atHead = nothingAfter(this.scope, heads);
		return this.#atHead;
	}

	/** Whether nothing is kept that it has not delivered: who begins now is not to be told what was acknowledged before. */
	get #isNow(): boolean {
		return this.#round === "none" && this.#grown.length === 0 && this.#options.log.freshness === undefined;
	}

	/** The log was away: followers are told when they have what came meanwhile. */
	fresh(): void {
		this.#isBack = true;
		this.#schedule();
	}

	leave(follower: Follower): void {
		this.#live.delete(follower);
		this.#ahead.delete(follower);
	}

	close(): void {
		for (const unwatch of this.#unwatch) unwatch();
		this.#live.clear();
		this.#ahead.clear();
	}

	#compare(places: Places): "level" | "behind" | "ahead" {
		let ahead = false;
		for (const [i, head] of (this.#places as Places).entries()) {
			const place = places[i] as Cursor;
			if (sameCursor(place, head)) continue;
			// Of two epochs only the log knows which is the newer; while the feed has news to tell, it may be the reader's.
			const newer = place.epoch === head.epoch ? place.offset > head.offset : this.#grown.some(({ index }) => index === i);
			if (!newer) return "behind";
			ahead = true;
		}
		return ahead ? "ahead" : "level";
	}

	/** Whether the head that was read already holds this page: it or a later one of its channel ends at or before the head. */
	#isCovered(grown: Grown, at: number): boolean {
		const head = (this.#places as Places)[grown.index] as Cursor;
		return this.#grown.some(
			({ index, page }, i) =>
				i >= at && index === grown.index && page.next.epoch === head.epoch && page.next.offset <= head.offset,
		);
	}

	#schedule(): void {
		const isDue = this.#grown.length > 0 || this.#isBack;
		if (this.#round !== "none" || this.#places === undefined || !isDue) return;
		this.#round = "due";
		const pause = this.#pause;
		if (pause > 0) this.#options.clock.after(pause, () => this.#begin());
		else this.#options.clock.soon(() => this.#begin());
	}

	/**
	 * Milliseconds before the next round. A write costs the same for one message as for many: when messages come faster than rounds
	 * end, a quarter of a round's time lets more of them leave together, and all of them earlier.
	 */
	get #pause(): number {
		const { pages, time, ended } = this.#last;
		if (pages < 2 || time < longRound || this.#isBack || this.#options.clock.now() - ended > time) return 0;
		return Math.min(longestPause, Math.ceil(time / 4));
	}

	#begin(): void {
		const before = this.#places as Places;
		const [isBack, began] = [this.#isBack, this.#options.clock.now()];
		this.#last = { pages: this.#grown.length, time: 0, ended: 0 };
		const round = { before, deliveries: this.#cut(before), followers: [...this.#live], isBack, began };
		this.#isBack = false;
		this.#round = "running";
		this.#deliver(round, 0);
	}

	/** Cuts what has grown into deliveries; the feed's places move with it. */
	#cut(before: Places): Delivery[] {
		const grown = this.#grown;
		this.#grown = [];
		const deliveries: Delivery[] = [];
		let places = before;
		let builder = new DeliveryBuilder(this.scope, places);
		const finish = (more: boolean) => {
			deliveries.push(builder.build(places, more));
			builder = new DeliveryBuilder(this.scope, places);
		};
		for (const { index, page } of grown) {
			if (page.gap !== undefined) {
				if (builder.hasMessages) finish(true);
				builder.addGap(index, page.gap);
				places = places.with(index, page.gap.next);
			}
			for (const message of page.messages) {
				// Only where the heads were read after the watch began can a page reach back behind them.
				const place = places[index] as Cursor;
				if (message.offset <= place.offset && page.next.epoch === place.epoch) continue;
				if (builder.hasMessages && builder.bytes + message.data.length > this.#options.deliveryBytes) finish(true);
				builder.addMessage(index, message, page.next.epoch);
				places = places.with(index, { epoch: page.next.epoch, offset: message.offset });
			}
		}
		finish(false);
		this.#places = places;
		return deliveries.filter((delivery) => !delivery.empty);
	}

	#deliver(round: Round, from: number): void {
		const { followers } = round;
		const until = Math.min(from + this.#options.slice, followers.length);
		for (let i = from; i < until; i++) this.#deliverTo(followers[i] as Follower, round);
		if (until < followers.length) {
			this.#options.clock.soon(() => this.#deliver(round, until));
			return;
		}
		this.#round = "none";
		this.#last.ended = this.#options.clock.now();
		this.#last.time = this.#last.ended - round.began;
		if (diagnostics.delivered.heard) this.#tellDelivered(round);
		this.#schedule();
		const ahead = [...this.#ahead];
		this.#ahead.clear();
		for (const follower of ahead) follower.catchUp();
	}

	#tellDelivered({ deliveries, followers, began }: Round): void {
		const ended = this.#options.clock.now();
		for (const { page } of deliveries) {
			const { messages } = page;
			if (messages.length > 0) diagnostics.delivered.tell({ messages, readers: followers.length, began, ended });
		}
	}

	#deliverTo(follower: Follower, { deliveries, before, isBack }: Round): void {
		// Left, or left and joined again at the new head, since this round began.
		if (!this.#live.has(follower) || follower.places !== before) return;
		for (const delivery of deliveries) {
			if (follower.deliver(delivery)) continue;
			this.#live.delete(follower);
			return;
		}
		if (isBack && !follower.fresh()) this.#live.delete(follower);
	}
}
