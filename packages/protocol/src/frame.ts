/** WebSocket frames as bytes (RFC 6455, section 5.2). */

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
export type Opcode = (typeof opcodes)[keyof typeof opcodes];

/** Which of the three ways a frame tells its length: 7 bits, 16 bits or 64 bits. */
export type LengthForm = 7 | 16 | 64;

export interface FrameHeader {
	readonly fin: boolean;
	readonly rsv: number;
	readonly opcode: number;
	readonly mask: Uint8Array | undefined;
	readonly lengthForm: LengthForm;
	/** Bytes of payload. */
	readonly length: number;
	/** Bytes of header, the mask included. */
	readonly size: number;
}

export function headerSize(length: number): number {
	return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}

/** Writes the header of a whole, unmasked frame into `target` at `at`; returns where the payload begins. */
export function writeHeader(target: Uint8Array, at: number, opcode: Opcode, length: number): number {
	const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
	view.setUint8(at, 0x80 | opcode);
	if (length < 126) {
		view.setUint8(at + 1, length);
		return at + 2;
	}
	if (length < 65_536) {
		view.setUint8(at + 1, 126);
		view.setUint16(at + 2, length);
		return at + 4;
	}
	view.setUint8(at + 1, 127);
	view.setBigUint64(at + 2, BigInt(length));
	return at + 10;
}

/** The header at the beginning of `bytes`, or undefined while it is not whole. */
export function readHeader(bytes: Uint8Array): FrameHeader | undefined {
	if (bytes.length < 2) return undefined;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const first = view.getUint8(0);
	const second = view.getUint8(1);
	const short = second & 0x7f;
	const lengthForm: LengthForm = short === 126 ? 16 : short === 127 ? 64 : 7;
	const masked = (second & 0x80) !== 0;
	const lengthEnd = lengthForm === 7 ? 2 : lengthForm === 16 ? 4 : 10;
	const size = masked ? lengthEnd + 4 : lengthEnd;
	if (bytes.length < size) return undefined;
	return {
		fin: (first & 0x80) !== 0,
		rsv: (first >> 4) & 7,
		opcode: first & 15,
		mask: masked ? bytes.slice(lengthEnd, size) : undefined,
		lengthForm,
		length: lengthForm === 7 ? short : lengthForm === 16 ? view.getUint16(2) : Number(view.getBigUint64(2)),
		size,
	};
}
