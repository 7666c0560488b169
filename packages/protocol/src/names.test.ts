import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isChannelName, isEventName, isLabel, isReservedChannel, maxNameBytes } from "./names.ts";

const bytes = (text: string) => new TextEncoder().encode(text).length;

describe("a channel name", () => {
	test.each(["a", "A-Z.a_z~0:9", "...", ".a", "-", "$system", "x".repeat(255)])("may be %s", (name) => {
		expect(isChannelName(name)).toBe(true);
	});

	test.each([
		["empty", ""],
		["a dot", "."],
		["two dots", ".."],
		["longer than 255 bytes", "x".repeat(256)],
		["longer than 255 bytes with its $", `$${"x".repeat(255)}`],
		["a $ alone", "$"],
		["a $ elsewhere", "a$b"],
		["a slash", "a/b"],
		["still percent-encoded", "a%20b"],
		["a space", "a b"],
		["a line break at its end", "a\n"],
		["NUL", "a\0"],
		["letters with marks", "café"],
		["letters that only look the same", "а"],
		["half a surrogate pair", "a\ud83d"],
	])("is not %s", (_, name) => {
		expect(isChannelName(name)).toBe(false);
	});

	test("that begins with $ is the server's own", () => {
		expect(isReservedChannel("$system")).toBe(true);
		expect(isReservedChannel("system")).toBe(false);
	});
});

describe("a label", () => {
	test("is measured in bytes, not in characters", () => {
		expect(maxNameBytes).toBe(255);
		for (const [character, most] of [
			["x", 255],
			["é", 127],
			["€", 85],
			["😀", 63],
		] as const) {
			expect(isLabel(character.repeat(most))).toBe(true);
			expect(isLabel(character.repeat(most + 1))).toBe(false);
		}
	});

	test("holds no control character and no half of a surrogate pair", () => {
		for (let code = 0; code < 0x20; code++) expect(isLabel(`a${String.fromCharCode(code)}`)).toBe(false);
		for (let code = 0x7f; code < 0xa0; code++) expect(isLabel(`a${String.fromCharCode(code)}`)).toBe(false);
		expect(isLabel("\ud83d")).toBe(false);
		expect(isLabel("\ude00\ud83d")).toBe(false);
		expect(isLabel("\ud83d\ude00")).toBe(true);
	});

	test("that is accepted is kept as it is by UTF-8, and is one line", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
				if (!isLabel(text)) return;
				expect(new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text))).toBe(text);
				expect(bytes(text)).toBeLessThanOrEqual(255);
				expect(text).not.toMatch(/[\r\n\0]/);
			}),
		);
	});

	test("is never empty", () => {
		expect(isLabel("")).toBe(false);
		expect(isEventName("")).toBe(false);
	});

	test("of any length is refused at once", () => {
		expect(isLabel("x".repeat(2 ** 24))).toBe(false);
	});
});

test("an event's name is a label that does not begin with $", () => {
	expect(isEventName("said")).toBe(true);
	expect(isEventName("open")).toBe(true);
	expect(isEventName("US$")).toBe(true);
	expect(isEventName("$open")).toBe(false);
	expect(isEventName("a\rdata: b")).toBe(false);
});
