import fc from "fast-check";
import { expect, test } from "vitest";
import { type Cursor, formatCursor, parseCursor, sameCursor } from "./cursor.ts";

const cursors: fc.Arbitrary<Cursor> = fc.record({
	epoch: fc.stringMatching(/^[A-Za-z0-9]{1,16}$/),
	offset: fc.maxSafeNat(),
});

test("a cursor comes back from its text", () => {
	fc.assert(
		fc.property(cursors, (cursor) => {
			expect(parseCursor(formatCursor(cursor))).toEqual(cursor);
		}),
	);
});

test("a cursor's text needs no encoding in a URL, a header or an entity tag", () => {
	fc.assert(
		fc.property(cursors, (cursor) => {
			expect(formatCursor(cursor)).toMatch(/^[A-Za-z0-9._~-]+$/);
		}),
	);
});

test("a cursor has one spelling: what is parsed is formatted as it was", () => {
	fc.assert(
		fc.property(fc.stringMatching(/^[A-Za-z0-9.~-]{0,20}-?[0-9]{0,17}$/), (text) => {
			const cursor = parseCursor(text);
			if (cursor !== undefined) expect(formatCursor(cursor)).toBe(text);
		}),
	);
	expect(parseCursor("e-0")).toEqual({ epoch: "e", offset: 0 });
});

test.each([
	["nothing", ""],
	["no offset", "e-"],
	["no epoch", "-1"],
	["a truncated cursor", "e"],
	["a leading zero", "e-01"],
	["a sign", "e--1"],
	["a fraction", "e-1.5"],
	["an exponent", "e-1e3"],
	["other digits", "e-١"],
	["a space", "e-1 "],
	["a line break", "e-1\n"],
	["an offset beyond what is counted exactly", "e-9007199254740992"],
	["a very long offset", `e-${"9".repeat(100_000)}`],
	["a very long epoch", `${"e".repeat(100_000)}-1`],
	["an entity tag", '"e-1"'],
	["a name of a beginning", "first"],
])("%s is no cursor", (_, text) => {
	expect(parseCursor(text)).toBeUndefined();
});

test("cursors are the same in one epoch and at one offset only", () => {
	expect(sameCursor({ epoch: "a", offset: 1 }, { epoch: "a", offset: 1 })).toBe(true);
	expect(sameCursor({ epoch: "a", offset: 1 }, { epoch: "a", offset: 2 })).toBe(false);
	expect(sameCursor({ epoch: "a", offset: 1 }, { epoch: "b", offset: 1 })).toBe(false);
});
