import { expect, test } from "vitest";
import { follows, isBehind } from "./sse.ts";

test("a message follows a cursor only where nothing can stand between them", () => {
	expect(follows("a-1", "a-2")).toBe(true);
	expect(follows("a-9", "a-10")).toBe(true);
	expect(follows("a-1", "a-3")).toBe(false);
	expect(follows("a-1", "b-2")).toBe(false);
	expect(follows(undefined, "a-1")).toBe(false);
});

test("a message is behind a cursor of the same life that has reached it", () => {
	expect(isBehind("a-2", "a-2")).toBe(true);
	expect(isBehind("a-9", "a-10")).toBe(true);
	expect(isBehind("a-3", "a-2")).toBe(false);
	expect(isBehind("a-1", "b-5")).toBe(false);
	expect(isBehind("a-1", undefined)).toBe(false);
});
