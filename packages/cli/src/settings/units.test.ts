import { expect, test } from "vitest";
import { formatAmount, parseAmount } from "./units.ts";

test.each([
	["25s", "ms", 25_000],
	["10m", "ms", 600_000],
	["7d", "ms", 604_800_000],
	["1.5s", "ms", 1500],
	["1.1s", "ms", 1100],
	["250", "ms", 250],
	["64KiB", "bytes", 65_536],
	["64 kib", "bytes", 65_536],
	["1MiB", "bytes", 1_048_576],
	["2GiB", "bytes", 2_147_483_648],
	["4096", "bytes", 4096],
	["20000", "count", 20_000],
] as const)("%s is an amount of %s", (text, unit, amount) => {
	expect(parseAmount(text, unit)).toBe(amount);
});

test.each([
	["", "ms"],
	["s", "ms"],
	["-5s", "ms"],
	["1e3", "ms"],
	["5 s s", "ms"],
	["5KiB", "ms"],
	["64KB", "bytes"],
	["10s", "bytes"],
	["1.5", "count"],
	["0.5B", "bytes"],
	["3s", "count"],
	["Infinity", "count"],
	["99999999999999999999", "count"],
	["0x10", "count"],
] as const)("%j is no amount of %s", (text, unit) => {
	expect(parseAmount(text, unit)).toBeUndefined();
});

test("amounts are written with the largest unit that divides them, and read back the same", () => {
	expect(formatAmount(25_000, "ms")).toBe("25s");
	expect(formatAmount(604_800_000, "ms")).toBe("7d");
	expect(formatAmount(1500, "ms")).toBe("1500ms");
	expect(formatAmount(65_536, "bytes")).toBe("64KiB");
	expect(formatAmount(0, "ms")).toBe("0");
	expect(formatAmount(20_000, "count")).toBe("20000");
	for (const amount of [0, 1, 999, 1000, 60_000, 86_400_000]) expect(parseAmount(formatAmount(amount, "ms"), "ms")).toBe(amount);
});
