import { expect, test } from "vitest";
import { FrameTracer } from "./frame-tracer.ts";

/** A frame built by hand from RFC 6455, section 5.2, in the smallest length form that fits. */
function frame(first: number, payload: Buffer, mask?: number[]): Buffer {
	const bit = mask === undefined ? 0 : 0x80;
	const size = payload.length;
	const long = Buffer.alloc(8);
	long.writeBigUInt64BE(BigInt(size));
	const length = size < 126 ? [bit | size] : size < 65_536 ? [bit | 126, size >> 8, size & 255] : [bit | 127, ...long];
	const masked = mask === undefined ? payload : payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0));
	return Buffer.concat([Buffer.from([first, ...length, ...(mask ?? [])]), masked]);
}

function trace(...pieces: Uint8Array[]): string[] {
	const lines: string[] = [];
	const tracer = new FrameTracer((line) => lines.push(line));
	for (const piece of pieces) tracer.push(piece);
	return lines;
}

const text = frame(0x81, Buffer.from('{"op":"live"}'));
const shown = 'fin=1  opcode=1 text  unmasked  length=13 (7-bit form)  {"op":"live"}';

test("a text frame is one line with its fin, opcode, mask, length and payload", () => {
	expect(trace(text)).toEqual([shown]);
});

test("a masked frame shows its mask and its payload unmasked", () => {
	const masked = frame(0x81, Buffer.from("Hello"), [0x37, 0xfa, 0x21, 0x3d]);
	// The very bytes of the example in RFC 6455, section 5.7.
	expect(masked.toString("hex")).toBe("818537fa213d7f9f4d5158");
	expect(trace(masked)).toEqual(["fin=1  opcode=1 text  mask=37fa213d  length=5 (7-bit form)  Hello"]);
});

test.each([
	[125, 7],
	[126, 16],
	[65_535, 16],
	[65_536, 64],
])("a payload of %i bytes is told in the %i-bit form", (length, form) => {
	const [line] = trace(frame(0x81, Buffer.alloc(length, "x")));
	expect(line).toContain(`length=${length} (${form}-bit form)`);
	expect(line?.length).toBeLessThan(250);
});

test("control frames, fragments and reserved bits are named", () => {
	const closing = Buffer.concat([Buffer.from([0x0f, 0xa1]), Buffer.from("draining")]);
	expect(trace(frame(0x88, closing))).toEqual(["fin=1  opcode=8 close  unmasked  length=10 (7-bit form)  code 4001 draining"]);
	expect(trace(frame(0x89, Buffer.alloc(0)))).toEqual(["fin=1  opcode=9 ping  unmasked  length=0 (7-bit form)"]);
	expect(trace(frame(0x01, Buffer.from("a")), frame(0x80, Buffer.from("b")))).toEqual([
		"fin=0  opcode=1 text  unmasked  length=1 (7-bit form)  a",
		"fin=1  opcode=0 continuation  unmasked  length=1 (7-bit form)  b",
	]);
	expect(trace(frame(0xcb, Buffer.alloc(0)))[0]).toContain("rsv=4  opcode=11 reserved");
});

test("binary payloads are hexadecimal, and no payload can steer the terminal", () => {
	expect(trace(frame(0x82, Buffer.from([0, 1, 254])))[0]).toMatch(/ {2}0001fe$/);
	expect(trace(frame(0x81, Buffer.from("\x1b[2J\r\n\u202e")))[0]).toContain("\\u001b[2J\\r\\n\\u202e");
});

test("frames are the same however the bytes are cut, down to single ones, and however many come together", () => {
	const stream = Buffer.concat([text, frame(0x81, Buffer.alloc(300, "y"), [1, 2, 3, 4]), frame(0x8a, Buffer.from("p")), text]);
	const whole = trace(stream);
	expect(whole).toHaveLength(4);
	expect([whole[0], whole[3]]).toEqual([shown, shown]);
	for (const size of [1, 2, 3, 5, 13, 64]) {
		const pieces = Array.from({ length: Math.ceil(stream.length / size) }, (_, i) => stream.subarray(i * size, (i + 1) * size));
		expect(trace(...pieces)).toEqual(whole);
	}
});
