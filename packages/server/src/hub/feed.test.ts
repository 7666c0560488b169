import { formatCursor } from "@holdfast/protocol";
import { beforeEach, expect, test } from "vitest";
import { memoryLog } from "../log/memory.ts";
import { HeldLog } from "../testing/held-log.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import type { Delivery } from "./delivery.ts";
import { Feed, type Follower } from "./feed.ts";
import { oneChannel, type Places, type Scope, severalChannels } from "./scope.ts";

/** Turns of the event loop end when a test says so. */
class StepClock extends ManualClock {
	#soon: (() => void)[] = [];

	override soon(run: () => void): void {
		this.#soon.push(run);
	}

	/** Ends one turn; false when nothing waited for it. */
	turn(): boolean {
		const soon = this.#soon;
		this.#soon = [];
		for (const run of soon) run();
		return soon.length > 0;
	}
}

class TestFollower implements Follower {
	places: Places;
	readonly data: unknown[] = [];
	readonly gaps: string[] = [];
	calledBack = 0;
	/** What it does with a delivery that it has taken; false makes it late. */
	took: () => boolean = () => true;

	constructor(places: Places) {
		this.places = places;
	}

	deliver(delivery: Delivery): boolean {
		this.places = delivery.places;
		this.data.push(...delivery.page.messages.map((message) => JSON.parse(message.data) as unknown));
		this.gaps.push(...delivery.page.gaps.map(({ reason }) => reason));
		return this.took();
	}

	catchUp(): void {
		this.calledBack++;
	}

	fresh(): boolean {
		this.data.push("fresh");
		return this.took();
	}
}

let clock: StepClock;
let log: HeldLog;

beforeEach(() => {
	clock = new StepClock();
	log = new HeldLog(memoryLog({ clock }));
});

const slice = 2;
const deliveryBytes = 1000;

function feedOf(scope: Scope = oneChannel("chat")): Feed {
	return new Feed(scope, { log, clock, deliveryBytes, slice });
}

async function publish(...data: readonly unknown[]): Promise<void> {
	for (const one of data) await log.append([{ channel: "chat", data: JSON.stringify(one) }]);
}

async function heads(...channels: readonly string[]): Promise<Places> {
	return await Promise.all(channels.map(async (channel) => (await log.describe(channel)).head));
}

/** A follower that stands where `feed` does. */
async function joined(feed: Feed): Promise<TestFollower> {
	const follower = new TestFollower(await heads(...feed.scope.channels));
	const places = feed.join(follower);
	if (typeof places === "string" || places === false) throw new Error(`It does not stand at the head: ${places}`);
	follower.places = places;
	return follower;
}

const times = (count: number) => Array.from({ length: count }, () => undefined);

test("what grows while a round is under way waits for the next, so that all followers are told in one order", async () => {
	const feed = feedOf();
	await feed.start();
	const followers = await Promise.all(times(5).map(() => joined(feed)));
	await publish(0);
	clock.turn();
	expect(followers.map(({ data }) => data.length)).toEqual([1, 1, 0, 0, 0]);
	await publish(1);
	clock.turn();
	clock.turn();
	expect(followers.map(({ data }) => data)).toEqual(times(5).map(() => [0]));
	while (clock.turn());
	expect(followers.map(({ data }) => data)).toEqual(times(5).map(() => [0, 1]));
});

test("a follower that goes late and joins again at the new head during a round is not told that round twice", async () => {
	const feed = feedOf();
	await feed.start();
	const followers = await Promise.all(times(4).map(() => joined(feed)));
	const last = followers[3] as TestFollower;
	await publish(0);
	clock.turn();
	// It has read what this round brings from the log, before the round has come to it.
	feed.leave(last);
	last.places = await heads("chat");
	last.places = feed.join(last) as Places;
	while (clock.turn());
	expect(last.data).toEqual([]);
	await publish(1);
	while (clock.turn());
	expect(last.data).toEqual([1]);
	expect(followers[0]?.data).toEqual([0, 1]);
});

test("a follower that joins during a round is told the next", async () => {
	const feed = feedOf();
	await feed.start();
	await Promise.all(times(4).map(() => joined(feed)));
	await publish(0);
	clock.turn();
	const late = await joined(feed);
	await publish(1);
	while (clock.turn());
	expect(late.data).toEqual([1]);
});

test("a follower that stood before the round cannot join during it: it must read", async () => {
	const feed = feedOf();
	await feed.start();
	const before = await heads("chat");
	await Promise.all(times(4).map(() => joined(feed)));
	await publish(0);
	clock.turn();
	expect(feed.join(new TestFollower(before))).toBe(false);
});

test("a follower that is filled by one delivery of a round is told no other", async () => {
	const feed = feedOf();
	await feed.start();
	const full = await joined(feed);
	full.took = () => false;
	const other = await joined(feed);
	await publish("a".repeat(800), "b".repeat(800), "c".repeat(800));
	while (clock.turn());
	expect(full.data).toHaveLength(1);
	expect(other.data).toHaveLength(3);
	expect(formatCursor(full.places[0] as Places[number])).toMatch(/-1$/);
});

test("a follower that is ahead is called back after the round that brings the others as far", async () => {
	const feed = feedOf();
	await feed.start();
	const others = await Promise.all(times(3).map(() => joined(feed)));
	await publish(0);
	const ahead = new TestFollower(await heads("chat"));
	expect(feed.join(ahead)).toBe("ahead");
	clock.turn();
	expect(ahead.calledBack).toBe(0);
	clock.turn();
	expect(others.every(({ data }) => data.length === 1)).toBe(true);
	expect(ahead.calledBack).toBe(1);
	expect(ahead.data).toEqual([]);
	expect(feed.join(ahead)).toEqual(ahead.places);
});

test("a follower that left while it was ahead is not called back", async () => {
	const feed = feedOf();
	await feed.start();
	await publish(0);
	const ahead = new TestFollower(await heads("chat"));
	feed.join(ahead);
	feed.leave(ahead);
	while (clock.turn());
	expect(ahead.calledBack).toBe(0);
});

test("of several channels, ahead in one and behind in another is behind", async () => {
	const feed = feedOf(severalChannels(["a", "b"]));
	await log.append([{ channel: "b", data: "0" }]);
	const before = await heads("a", "b");
	await feed.start();
	await log.append([{ channel: "b", data: "1" }]);
	while (clock.turn());
	await log.append([{ channel: "a", data: "0" }]);
	const [a] = await heads("a");
	expect(feed.join(new TestFollower([a, before[1]] as Places))).toBe(false);
});

test.each(["asked", "answered"] as const)(
	"what is kept while the head has been %s is told once, and not at all to who begins behind it",
	async (stage) => {
		await publish(0);
		const hold = log.holdRead(stage);
		const feed = feedOf();
		const started = feed.start();
		await hold.reached;
		await publish(1);
		hold.release();
		await started;
		const standing = { asked: 2, answered: 1 }[stage];
		const [{ epoch }] = (await heads("chat")) as [Places[number]];
		const follower = new TestFollower([{ epoch, offset: standing }]);
		expect(feed.join(follower)).toEqual(follower.places);
		follower.places = feed.join(follower) as Places;
		await publish(2);
		while (clock.turn());
		expect(follower.data).toEqual({ asked: [2], answered: [1, 2] }[stage]);
	},
);

test("a page that reaches back behind the head that was read is told from there on", async () => {
	// Of what a store keeps together, one that serves many may show a part before it tells the whole.
	const { append, describe, list, remove, close } = log;
	const part = { append, describe, list, remove, close, watch: log.watch.bind(log), read: readFirst };
	async function readFirst(...where: Parameters<HeldLog["read"]>) {
		const page = await log.read(...where);
		return { ...page, next: { ...page.next, offset: 1 } };
	}
	const feed = new Feed(oneChannel("chat"), { log: part, clock, deliveryBytes, slice });
	await log.append([0, 1, 2].map((data) => ({ channel: "chat", data: `${data}` })));
	await feed.start();
	const [{ epoch }] = (await heads("chat")) as [Places[number]];
	const follower = new TestFollower([{ epoch, offset: 1 }]);
	follower.places = feed.join(follower) as Places;
	while (clock.turn());
	expect(follower.data).toEqual([1, 2]);
});

test("a removal and a new life while the head is asked for are no news to who begins in the new life", async () => {
	await publish(0);
	const hold = log.holdRead("asked");
	const feed = feedOf();
	const started = feed.start();
	await hold.reached;
	await publish(1);
	await log.remove("chat");
	await publish("new");
	hold.release();
	await started;
	const follower = await joined(feed);
	await publish("newer");
	while (clock.turn());
	expect(follower.gaps).toEqual([]);
	expect(follower.data).toEqual(["newer"]);
});

test("a removal between messages is told in its place", async () => {
	const feed = feedOf();
	await feed.start();
	const follower = await joined(feed);
	const seen: unknown[] = [];
	follower.took = () => {
		seen.push([...follower.data], [...follower.gaps]);
		return true;
	};
	await publish("old");
	await log.remove("chat");
	await publish("new");
	while (clock.turn());
	expect(seen).toEqual([["old"], [], ["old", "new"], ["reset"]]);
});

test("one turn's messages are one delivery, unless they weigh more than a connection may queue", async () => {
	const feed = feedOf();
	await feed.start();
	const follower = await joined(feed);
	let deliveries = 0;
	follower.took = () => {
		deliveries++;
		return true;
	};
	await publish(...times(50).map((_, i) => i));
	while (clock.turn());
	expect([deliveries, follower.data.length]).toEqual([1, 50]);
	await publish(...times(5).map(() => "x".repeat(400)));
	while (clock.turn());
	expect([deliveries, follower.data.length]).toEqual([4, 55]);
	await publish("x".repeat(5000));
	while (clock.turn());
	expect([deliveries, follower.data.length]).toEqual([5, 56]);
});

test("that the log is back is told behind what came meanwhile, and to who is full not at all", async () => {
	const feed = feedOf();
	await feed.start();
	const followers = await Promise.all(times(3).map(() => joined(feed)));
	const full = followers[1] as TestFollower;
	full.took = () => false;
	await publish(0);
	feed.fresh();
	await publish(1);
	while (clock.turn());
	expect(followers.map(({ data }) => data)).toEqual([
		[0, 1, "fresh"],
		[0, 1],
		[0, 1, "fresh"],
	]);
	(followers[0] as TestFollower).took = () => false;
	feed.fresh();
	while (clock.turn());
	await publish(2);
	while (clock.turn());
	expect(followers[0]?.data).toEqual([0, 1, "fresh", "fresh"]);
	expect(followers[2]?.data).toEqual([0, 1, "fresh", "fresh", 2]);
});

test("a closed feed is told nothing more", async () => {
	const feed = feedOf();
	await feed.start();
	const follower = await joined(feed);
	await publish(0);
	feed.close();
	await publish(1);
	while (clock.turn());
	expect(follower.data).toEqual([]);
});
