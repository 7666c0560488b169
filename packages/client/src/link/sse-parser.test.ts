import { sseBlock } from "@holdfast/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type SseEvent, sseParser } from "./sse-parser.ts";

function parse(...pieces: string[]): SseEvent[] {
	return pieces.flatMap(sseParser());
}

test("a block becomes an event with its name, data and retry", () => {
	expect(parse("event: $bye\nretry: 25\ndata: x\nid: a-1\n\n")).toMatchObject([{ event: "$bye", data: "x", retry: "25" }]);
});

test("comments, blocks without data and unfinished blocks are no events", () => {
	expect(parse(":\n\nevent: x\n\ndata: half\n")).toEqual([]);
	expect(parse("event: x\n\ndata: y\n\n")[0]?.event).toBe(undefined);
});

test("however the text of the server's encoder is cut, the same events come out", () => {
	const label = fc.constantFrom({ event: "said" }, { event: "$live" }, {});
	const data = fc.json({ stringUnit: fc.constantFrom("a", "\n", "\r", ":", " ", "\u2028", "é", "😀") });
	fc.assert(
		fc.property(fc.array(fc.tuple(label, data)), fc.array(fc.nat(200)), (blocks, cuts) => {
			const text = blocks.map(([event, json]) => sseBlock({ ...event, data: json })).join("");
			const places = [...new Set([0, ...cuts.filter((cut) => cut < text.length), text.length])].sort((a, b) => a - b);
			const pieces = places.slice(1).map((end, i) => text.slice(places[i], end));
			expect(parse(...pieces)).toMatchObject(blocks.map(([event, json]) => ({ ...event, data: json })));
		}),
		{ numRuns: 200 },
	);
});
