import { expect, test } from "vitest";
import { closeCodes, mayComeBack } from "./close-codes.ts";

test("a close code's range says whether to come back", () => {
	expect(
		Object.entries(closeCodes)
			.filter(([, code]) => mayComeBack(code))
			.map(([name]) => name),
	).toEqual(["draining", "slow", "rate", "expired"]);
	for (const code of [1000, 1001, 1006, 4000, 4499]) expect(mayComeBack(code)).toBe(true);
	for (const code of [4500, 4999]) expect(mayComeBack(code)).toBe(false);
});
