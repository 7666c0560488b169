import { expect, test } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { BoundedMap } from "./bounded-map.ts";
import { RateLimit } from "./rate-limit.ts";

const most = 1000;

function stage(rate: number, burst: number) {
	const clock = new ManualClock();
	const kept = new BoundedMap(most);
	return { clock, kept, limit: new RateLimit<string>(clock, rate, burst, kept) };
}

test("a bucket gives as much at once as it holds, then its rate, and never saves up more", () => {
	const { clock, limit } = stage(10, 20);
	const takeAll = () => {
		let taken = 0;
		for (; limit.wait("a") === 0; taken++) limit.take("a", 1);
		return taken;
	};
	expect(takeAll()).toBe(20);
	expect(limit.wait("a")).toBe(100);
	clock.advance(99);
	expect(limit.wait("a")).toBe(1);
	clock.advance(1);
	expect(takeAll()).toBe(1);
	clock.advance(1000);
	expect(takeAll()).toBe(10);
	clock.advance(3_600_000);
	expect(takeAll()).toBe(20);
	expect(limit.wait("b")).toBe(0);
});

test("more than there is may be taken, and is paid off before anything else", () => {
	const { clock, limit } = stage(10, 10);
	limit.take("a", 1000);
	expect(limit.wait("a")).toBe(99_100);
	clock.advance(99_099);
	expect(limit.wait("a")).toBe(1);
	clock.advance(1);
	expect(limit.wait("a")).toBe(0);
});

test("what is given back can be taken again", () => {
	const { limit } = stage(1, 1);
	limit.take("a", 1);
	expect(limit.wait("a")).toBe(1000);
	limit.giveBack("a", 1);
	expect(limit.wait("a")).toBe(0);
});

test("nobody waits for a clock that was set back, and one set forward gives no more than a full bucket", () => {
	const { clock, limit } = stage(1, 2);
	limit.take("a", 2);
	clock.set(clock.now() - 3_600_000);
	expect(limit.wait("a")).toBe(1000);
	clock.advance(1000);
	expect(limit.wait("a")).toBe(0);
	clock.set(clock.now() + 7_200_000);
	limit.take("a", 2);
	expect(limit.wait("a")).toBe(1000);
});

test("a million names take no more room than was given, and the one that is over its limit is not forgotten for them", () => {
	const { clock, kept, limit } = stage(1, 2);
	limit.take("flood", 1_000_000);
	for (let i = 0; i < 1_000_000; i++) {
		limit.take(`name ${i}`, 1);
		if (i % 500 === 0) {
			expect(limit.wait("flood")).toBeGreaterThan(0);
			expect(kept.size).toBeLessThanOrEqual(most);
			clock.advance(1);
		}
	}
});

test("full buckets are forgotten while others come, few as they may be", () => {
	const { clock, kept, limit } = stage(1, 2);
	for (let i = 0; i < 500; i++) limit.take(`name ${i}`, 1);
	expect(kept.size).toBe(500);
	clock.advance(1000);
	for (let i = 0; i < 500; i++) limit.take("one", 0.001);
	expect(kept.size).toBe(1);
});
