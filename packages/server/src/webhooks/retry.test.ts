import { expect, test } from "vitest";
import { retryAfterOf, retryDelay } from "./retry.ts";

const least = (attempts: number, asked?: number) => retryDelay(attempts, () => 0, asked);
const most = (attempts: number) => retryDelay(attempts, () => 1);

test("pauses grow from a second to five minutes, the upper half at random", () => {
	expect([least(0), most(0), least(1), most(1)]).toEqual([1000, 2000, 2000, 4000]);
	expect([least(1000), most(1000)]).toEqual([150_000, 300_000]);
});

test("a receiver may ask for a longer pause, of an hour at most", () => {
	expect([least(0, 500), least(0, 60_000), least(0, 1e12)]).toEqual([1000, 60_000, 3_600_000]);
});

test.each([
	[null, 0],
	["120", 120_000],
	["-1", 0],
	["soon", 0],
	["Thu, 01 Jan 1970 00:01:00 GMT", 50_000],
	["Thu, 01 Jan 1970 00:00:00 GMT", 0],
])("Retry-After: %s is %s ms from second 10 on", (header, expected) => {
	expect(retryAfterOf(header, 10_000)).toBe(expected);
});
