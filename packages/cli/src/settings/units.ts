/** Amounts as people write them: `25s`, `7d`, `64KiB`, and plain numbers in the base unit. */
import type { Unit } from "@holdfast/server";

/** Largest first, so that the first one that divides an amount writes it shortest. */
const scales: Readonly<Record<Unit, readonly (readonly [name: string, scale: number])[]>> = {
	ms: [
		["d", 86_400_000],
		["h", 3_600_000],
		["m", 60_000],
		["s", 1000],
		["ms", 1],
	],
	bytes: [
		["GiB", 1024 ** 3],
		["MiB", 1024 ** 2],
		["KiB", 1024],
		["B", 1],
	],
	count: [["", 1]],
};

const shape = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i;

/** The amount in the base unit (milliseconds, bytes, a count), or undefined when `text` spells none. */
export function parseAmount(text: string, unit: Unit): number | undefined {
	const match = shape.exec(text.trim());
	if (match === null) return undefined;
	const [, digits = "", name = ""] = match;
	const scale = name === "" ? 1 : scales[unit].find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1];
	if (scale === undefined) return undefined;
	// 1.1s is 1100.0000000000002 to a computer; but half a message or byte is a mistake to tell.
	if (scale === 1 && digits.includes(".")) return undefined;
	const amount = Math.round(Number(digits) * scale);
	return Number.isSafeInteger(amount) ? amount : undefined;
}

export function formatAmount(amount: number, unit: Unit): string {
	const [name, scale] = scales[unit].find(([, size]) => amount >= size && amount % size === 0) ?? ["", 1];
	return `${amount / scale}${name}`;
}

/** How an amount of `unit` may be written, for help and errors. */
export const amountHints: Readonly<Record<Unit, string>> = {
	ms: "a time such as 500ms, 25s, 10m, 12h or 7d",
	bytes: "a size such as 512B, 64KiB, 1MiB or 2GiB",
	count: "a whole number",
};

/** The placeholder in help. */
export const amountNames: Readonly<Record<Unit, string>> = { ms: "time", bytes: "size", count: "n" };
