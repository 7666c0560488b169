import { sseBlock } from "@holdfast/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type SseEvent, SseParser } from "./sse-parser.ts";

function parse(...pieces: string[]): SseEvent[] {
	const parser = new SseParser(1_000_000);
	return pieces.flatMap((piece) => [...parser.push(piece)]);
}

test("a block becomes an event with its type, data and id", () => {
	expect(parse("event: said\ndata: hello\nid: a-1\n\n")).toEqual([{ event: "said", data: "hello", id: "a-1" }]);
});

test("without a type it is a message, and the last id holds for what has none", () => {
	expect(parse("id: a-1\ndata: x\n\ndata: y\n\n")).toEqual([
		{ event: "message", data: "x", id: "a-1" },
		{ event: "message", data: "y", id: "a-1" },
	]);
});

test("data lines are joined by line feeds, and one space after the colon is not part of the value", () => {
	expect(parse("data:  a\ndata:b\ndata\ndata: \n\n")[0]?.data).toBe(" a\nb\n\n");
});

test("lines end with LF, CR or CRLF, also when a cut falls between CR and LF", () => {
	expect(parse("data: a\r\ndata: b\rdata: c\n\r\n").map(({ data }) => data)).toEqual(["a\nb\nc"]);
	expect(parse("data: a\r", "\ndata: b\r", "\n\r", "\n").map(({ data }) => data)).toEqual(["a\nb"]);
	expect(parse("data: a\r", "\r", "data: b\n", "\n").map(({ data }) => data)).toEqual(["a", "b"]);
});

test("a byte order mark is ignored at the beginning and nowhere else", () => {
	expect(parse("\uFEFFdata: a\n\n")[0]?.data).toBe("a");
	expect(parse("data: a\n", "\uFEFFdata: b\n\n")[0]?.data).toBe("a");
});

test("comments, unknown fields, ids with NUL and retries that are no number are passed over", () => {
	const parser = new SseParser(100);
	const text = ": hi\nid: a-1\nid: a\0b\nfoo: bar\nretry: soon\nretry: 2500\ndata: x\n\n";
	expect([...parser.push(text)]).toEqual([{ event: "message", data: "x", id: "a-1" }]);
	expect(parser.retry).toBe(2500);
});

test("a block without data is no event, and one that has not ended is not told", () => {
	expect(parse("event: x\nid: a-1\n\n", "data: half\n")).toEqual([]);
});

test("each line is shown as it is read", () => {
	const lines: string[] = [];
	const parser = new SseParser(100, (line) => lines.push(line));
	for (const piece of [": c\nda", "ta: x\r\n", "\n"]) expect([...parser.push(piece)].length).toBeLessThan(2);
	expect(lines).toEqual([": c", "data: x", ""]);
});

test("an event without end is given up, in one line or in many", () => {
	expect(() => parse("data: ", ...Array.from({ length: 11 }, () => "x".repeat(100_000)))).toThrow(RangeError);
	expect(() => parse("data: x\n".repeat(600_000))).toThrow(RangeError);
});

test("however the text of the server's encoder is cut, the same events come out", () => {
	const character = fc.constantFrom("a", "\n", "\r", ":", " ", "\u2028", "é", "😀", "d");
	const block = fc.record({
		event: fc.constantFrom("said", "$live"),
		data: fc.string({ unit: character }),
		id: fc.constant("a-1"),
	});
	fc.assert(
		fc.property(fc.array(block), fc.array(fc.nat(200)), (blocks, cuts) => {
			const text = blocks.map((each) => sseBlock(each)).join("");
			const places = [...new Set([0, ...cuts.filter((cut) => cut < text.length), text.length])].sort((a, b) => a - b);
			const pieces = places.slice(1).map((end, i) => text.slice(places[i], end));
			const expected = blocks.map((each) => ({ ...each, data: each.data.replace(/\r\n|\r/g, "\n") }));
			expect(parse(...pieces)).toEqual(expected);
		}),
		{ numRuns: 200 },
	);
});
