import fc from "fast-check";
import { expect, test } from "vitest";
import { headerSize, type Opcode, opcodes, readHeader, writeHeader } from "./frame.ts";

/** Where one way of telling a length ends and the next begins. */
const edges = [0, 1, 125, 126, 127, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER];

const lengths = fc.oneof(
	fc.nat(125),
	fc.integer({ min: 126, max: 65_535 }),
	fc.integer({ min: 65_536, max: Number.MAX_SAFE_INTEGER }),
);

test("a frame's header is read as it was written, in all three length forms", () => {
	fc.assert(
		fc.property(lengths, fc.constantFrom(...Object.values(opcodes)), fc.nat(20), (length, opcode, at) => {
			const bytes = new Uint8Array(at + 10).fill(0xee);
			const end = writeHeader(bytes, at, opcode, length);
			expect(end - at).toBe(headerSize(length));
			expect(bytes.subarray(0, at).every((byte) => byte === 0xee)).toBe(true);
			expect(bytes.subarray(end).every((byte) => byte === 0xee)).toBe(true);
			expect(readHeader(bytes.subarray(at, end))).toEqual({
				fin: true,
				rsv: 0,
				opcode,
				mask: undefined,
				lengthForm: length < 126 ? 7 : length < 65_536 ? 16 : 64,
				length,
				size: end - at,
			});
		}),
		{ examples: edges.map((length) => [length, opcodes.text, 3]) },
	);
});

test.each([
	["an unmasked text frame", [0x81, 0x05], { fin: true, rsv: 0, opcode: 1, mask: undefined, lengthForm: 7, length: 5, size: 2 }],
	[
		"a masked text frame",
		[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d],
		{ fin: true, rsv: 0, opcode: 1, mask: Uint8Array.of(0x37, 0xfa, 0x21, 0x3d), lengthForm: 7, length: 5, size: 6 },
	],
	["a fragment", [0x01, 0x03], { fin: false, rsv: 0, opcode: 1, mask: undefined, lengthForm: 7, length: 3, size: 2 }],
	[
		"256 bytes",
		[0x82, 0x7e, 0x01, 0x00],
		{ fin: true, rsv: 0, opcode: 2, mask: undefined, lengthForm: 16, length: 256, size: 4 },
	],
	[
		"65,536 bytes",
		[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0],
		{ fin: true, rsv: 0, opcode: 2, mask: undefined, lengthForm: 64, length: 65_536, size: 10 },
	],
	["reserved bits", [0xf1, 0x00], { fin: true, rsv: 7, opcode: 1, mask: undefined, lengthForm: 7, length: 0, size: 2 }],
])("%s is read as RFC 6455 writes it", (_, bytes, header) => {
	expect(readHeader(Uint8Array.from(bytes))).toEqual(header);
});

test("a header is not read before it is whole", () => {
	for (const second of [0x05, 0x85, 0x7e, 0xfe, 0x7f, 0xff]) {
		const bytes = new Uint8Array(14);
		bytes.set([0x81, second]);
		const whole = readHeader(bytes);
		expect(whole).toBeDefined();
		for (let length = 0; length < (whole?.size ?? 0); length++) {
			expect(readHeader(bytes.subarray(0, length))).toBeUndefined();
		}
	}
});

test("a header lies where it begins in a buffer that others share", () => {
	const pool = Buffer.alloc(64);
	const frame = pool.subarray(13, 33);
	const end = writeHeader(frame, 3, opcodes.text satisfies Opcode, 300);
	expect([...pool.subarray(16, 20)]).toEqual([0x81, 126, 1, 44]);
	expect(readHeader(frame.subarray(3, end))?.length).toBe(300);
});
