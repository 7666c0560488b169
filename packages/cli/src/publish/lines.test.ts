import fc from "fast-check";
import { expect, test } from "vitest";
import { type Line, linesOf } from "./lines.ts";

async function split(pieces: readonly Uint8Array[], longest = 1000): Promise<Line[]> {
	async function* source() {
		for (const piece of pieces) yield piece;
	}
	const lines: Line[] = [];
	for await (const some of linesOf(source(), longest)) lines.push(...some);
	return lines;
}

const texts = (lines: Line[]) => lines.map((line) => ("text" in line ? line.text : line.fault));

test("lines end with LF or CRLF, empty ones count, and the last needs no end", async () => {
	expect(texts(await split([Buffer.from("a\r\n\nb\rc\n\nd")]))).toEqual(["a", "", "b\rc", "", "d"]);
	expect(await split([Buffer.from("a\n")])).toEqual([{ number: 1, text: "a" }]);
	expect(await split([])).toEqual([]);
});

test("a line that is not UTF-8 is refused with its number, and the rest goes on", async () => {
	const bytes = Buffer.concat([Buffer.from("a\n"), Buffer.from([0xc3, 0x28, 0x0a]), Buffer.from("é\n")]);
	expect(await split([bytes])).toEqual([
		{ number: 1, text: "a" },
		{ number: 2, fault: "not UTF-8" },
		{ number: 3, text: "é" },
	]);
});

test("a line that is too long is refused with its size, also when it arrives in pieces", async () => {
	const long = Array.from({ length: 50 }, () => Buffer.alloc(100, "x"));
	expect(texts(await split([Buffer.from("a\n"), ...long, Buffer.from("\nb\n")]))).toEqual([
		"a",
		"5000 bytes are too long for a line; at most 1000 go",
		"b",
	]);
});

test("a line of five gigabytes is refused without being held", async () => {
	const piece = Buffer.alloc(4 * 1024 * 1024, "x");
	// The same piece again and again: joined, they would be more than one buffer can hold.
	expect(await split(Array.from({ length: 1280 }, () => piece))).toEqual([
		{ number: 1, fault: "5368709120 bytes are too long for a line; at most 1000 go" },
	]);
});

test("however the bytes are cut, the same lines come out", async () => {
	const bytes = fc.uint8Array({ maxLength: 60 }).map((raw) => raw.map((byte) => [0x0a, 0x0d, 0x61, 0xc3, 0xa9][byte % 5] ?? 0));
	await fc.assert(
		fc.asyncProperty(bytes, fc.array(fc.nat(60)), async (whole, cuts) => {
			const places = [...new Set([0, ...cuts.filter((cut) => cut < whole.length), whole.length])].sort((a, b) => a - b);
			const pieces = places.slice(1).map((end, i) => whole.subarray(places[i], end));
			expect(await split(pieces)).toEqual(await split([whole]));
		}),
		{ numRuns: 200 },
	);
});
