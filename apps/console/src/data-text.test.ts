import { expect, test } from "vitest";
import { dataText } from "./data-text.ts";

test("a string stands as it is, and JSON says that it is JSON", () => {
	expect(dataText({ data: "1" })).toMatchObject({ kind: "text", short: "1", whole: undefined });
	expect(dataText({ data: 1 })).toMatchObject({ kind: "json", short: "1", whole: undefined });
	expect(dataText({ data: null })).toMatchObject({ kind: "json", short: "null" });
	expect(dataText({ data: { a: [1] } })).toMatchObject({ kind: "json", short: '{"a":[1]}' });
});

test("an empty string can be seen", () => {
	expect(dataText({ data: "" }).short).toBe("(empty)");
});

test.each([
	["", 0],
	["AA==", 1],
	["AAA=", 2],
	["AAAA", 3],
])("base64 %s is told as %i bytes", (data, size) => {
	expect(dataText({ data, encoding: "base64" }).note).toMatch(new RegExp(`^base64, ${size} byte`));
});

test("line breaks of all kinds are one line until the whole is asked for", () => {
	const data = "a\r\nb\rc\nd\u2028e";
	expect(dataText({ data })).toMatchObject({ short: "a ⏎ b ⏎ c ⏎ d ⏎ e", whole: data });
});

test("long data is cut, never inside a character", () => {
	const { short, whole } = dataText({ data: `${"x".repeat(239)}😀 and so on` });
	expect(short).toBe(`${"x".repeat(239)}…`);
	expect(whole).toContain("😀 and so on");
	expect(dataText({ data: Array.from({ length: 99 }, () => "long") }).whole).toContain('[\n  "long",\n');
});
