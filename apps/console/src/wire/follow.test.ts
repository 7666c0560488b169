import { expect, test } from "vitest";
import { backoff } from "./follow.ts";

test("the wait doubles up to fifteen seconds, and is drawn from its upper half", () => {
	expect([1, 2, 3].map((failures) => backoff(failures, 0))).toEqual([500, 1000, 2000]);
	expect(backoff(1, 1)).toBe(1000);
	expect(backoff(30, 1)).toBe(15_000);
	expect(backoff(1000, 0)).toBe(7500);
});
