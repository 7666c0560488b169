import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Cursor, formatCursor, parseCursor } from "./cursor.ts";
import { channelSet, formatSetCursor, hashNames, maxSetCursor, parseSetCursor } from "./set-cursor.ts";

const channelNames = fc.stringMatching(/^\$?[A-Za-z0-9._~:-]{1,20}$/);
const epochs = fc.oneof(fc.constantFrom("a", "b"), fc.stringMatching(/^[A-Za-z0-9]{1,16}$/));
const cursors: fc.Arbitrary<Cursor> = fc.record({ epoch: epochs, offset: fc.oneof(fc.nat(100), fc.maxSafeNat()) });

const places = fc
	.uniqueArray(fc.tuple(channelNames, cursors), { minLength: 1, maxLength: 128, selector: ([name]) => name })
	.map((pairs) => {
		const channels = channelSet(pairs.map(([name]) => name));
		return { channels, cursors: pairs.map(([, cursor]) => cursor) };
	});

describe("a set cursor", () => {
	test("comes back from its text as the place in each channel", () => {
		fc.assert(
			fc.property(places, ({ channels, cursors }) => {
				const text = formatSetCursor(channels, cursors);
				expect(text).toMatch(/^[A-Za-z0-9._~-]+$/);
				expect(parseSetCursor(text, channels)).toEqual(cursors);
			}),
		);
	});

	test("is good for its channels in any order, named any number of times", () => {
		fc.assert(
			fc.property(places, fc.infiniteStream(fc.nat()), ({ channels, cursors }, numbers) => {
				const shuffled = channels
					.map((channel) => ({ channel, place: numbers.next().value as number }))
					.sort((a, b) => a.place - b.place)
					.map(({ channel }) => channel);
				const asked = channelSet([...shuffled, ...channels]);
				expect(parseSetCursor(formatSetCursor(channels, cursors), asked)).toEqual(cursors);
			}),
		);
	});

	test("is refused by every other set", () => {
		fc.assert(
			fc.property(places, places, ({ channels, cursors }, other) => {
				fc.pre(channels.join(" ") !== other.channels.join(" "));
				expect(parseSetCursor(formatSetCursor(channels, cursors), other.channels)).toBeUndefined();
			}),
		);
	});

	test.each([
		["one channel more", ["a", "b", "c"]],
		["one channel less", ["a"]],
		["one channel renamed", ["a", "c"]],
		["names that run together the same way", ["ab"]],
		["names cut elsewhere", ["", "ab"]],
	])("is refused by a set with %s", (_, channels) => {
		const text = formatSetCursor(["a", "b"], [at("e", 1), at("e", 2)]);
		expect(parseSetCursor(text, channels)).toBeUndefined();
	});

	test("is refused when it is cut anywhere before its last offset", () => {
		const channels = ["a", "b", "c"];
		const text = formatSetCursor(channels, [at("e", 10), at("f", 20), at("f", 30)]);
		for (let length = 0; length <= text.lastIndexOf("."); length++) {
			expect(parseSetCursor(text.slice(0, length), channels)).toBeUndefined();
		}
	});

	test("stays below 4,096 bytes for 128 channels at the greatest offset, each in an epoch of its own", () => {
		const channels = channelSet(Array.from({ length: 128 }, (_, i) => `${i}-`.padEnd(255, "x")));
		const cursors = channels.map((_, i) => at(`${i}`.padEnd(16, "Z"), Number.MAX_SAFE_INTEGER));
		const text = formatSetCursor(channels, cursors);
		expect(text.length).toBeLessThanOrEqual(maxSetCursor);
		expect(maxSetCursor).toBe(4096);
		expect(parseSetCursor(text, channels)).toEqual(cursors);
	});

	test("takes few characters a channel, since epochs that channels share are written once", () => {
		const channels = channelSet(Array.from({ length: 128 }, (_, i) => `room-${i}`));
		const text = formatSetCursor(
			channels,
			channels.map((_, i) => at("h7Qx", 1000 + i)),
		);
		expect(text.length).toBeLessThan(20 + 128 * 4);
	});

	test.each([
		["nothing", ""],
		["a hash alone", hashNames(["a"])],
		["an epoch without offset", `${hashNames(["a"])}~e`],
		["an offset too many", `${hashNames(["a"])}~e.1.2`],
		["an offset beyond what is counted exactly", `${hashNames(["a"])}~e.zzzzzzzzzzz`],
		["an offset with a sign", `${hashNames(["a"])}~e.-1`],
		["a line break at the end", `${hashNames(["a"])}~e.1\n`],
		["a huge cursor", `${hashNames(["a"])}${"~e.1".repeat(250_000)}`],
	])("is not %s", (_, text) => {
		expect(parseSetCursor(text, ["a"])).toBeUndefined();
	});

	test("is never thrown over by text that somebody made up", () => {
		const forged = fc
			.array(fc.constantFrom(hashNames(["a", "b"]), "~", ".", "-", "0", "z", "E", "\n", "é"))
			.map((parts) => parts.join(""));
		fc.assert(
			fc.property(forged, (text) => {
				const cursors = parseSetCursor(text, ["a", "b"]);
				if (cursors !== undefined) expect(cursors).toHaveLength(2);
			}),
		);
	});
});

test("no message id is a set cursor and no set cursor is a message id", () => {
	fc.assert(
		fc.property(places, cursors, ({ channels, cursors: several }, one) => {
			expect(parseCursor(formatSetCursor(channels, several))).toBeUndefined();
			expect(parseSetCursor(formatCursor(one), channels)).toBeUndefined();
		}),
	);
});

function at(epoch: string, offset: number): Cursor {
	return { epoch, offset };
}
