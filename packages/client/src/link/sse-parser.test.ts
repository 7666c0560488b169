import { sseBlock } from "@holdfast/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type SseEvent, SseParser } from "./sse-parser.ts";

function parse(...pieces: string[]): SseEvent[] {
	const parser = new SseParser();
	return pieces.flatMap((piece) => parser.push(piece));
}

test("a block becomes an event with its name, data and retry", () => {
	expect(parse("event: $bye\nretry: 25\ndata: x\nid: a-1\n\n")).toEqual([{ event: "$bye", data: "x", retry: 25 }]);
});

test("comments, blocks without data and unfinished blocks are no events", () => {
	expect(parse(":\n\nevent: x\n\ndata: half\n")).toEqual([]);
	expect(parse("event: x\n\ndata: y\n\n")[0]?.event).toBe("");
});

test("lines end with LF, CR or CRLF, also when a cut falls between CR and LF", () => {
	expect(parse("data: a\r\ndata: b\rdata:c\n\r\n").map(({ data }) => data)).toEqual(["a\nb\nc"]);
	expect(parse("data: a\r", "\ndata: b\r", "\n\r", "\n").map(({ data }) => data)).toEqual(["a\nb"]);
});

test("however the text of the server's encoder is cut, the same events come out", () => {
	const character = fc.constantFrom("a", "\n", "\r", ":", " ", "\u2028", "é", "😀");
	const block = fc.record({ event: fc.constantFrom("said", "$live"), data: fc.string({ unit: character }) });
	fc.assert(
		fc.property(fc.array(block), fc.array(fc.nat(200)), (blocks, cuts) => {
			const text = blocks.map((each) => sseBlock(each)).join("");
			const places = [...new Set([0, ...cuts.filter((cut) => cut < text.length), text.length])].sort((a, b) => a - b);
			const pieces = places.slice(1).map((end, i) => text.slice(places[i], end));
			const expected = blocks.map(({ event, data }) => ({ event, data: data.replace(/\r\n|\r/g, "\n"), retry: undefined }));
			expect(parse(...pieces)).toEqual(expected);
		}),
		{ numRuns: 200 },
	);
});
