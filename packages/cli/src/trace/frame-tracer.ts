/** WebSocket frames, one direction, from bytes that are cut anywhere: a line a frame. */
import { type FrameHeader, opcodes, readHeader } from "@holdfast/protocol";
import { shorten } from "./trace.ts";

/** The longest header there is: two bytes, a length of eight, a mask of four. */
const longestHeader = 14;
/** How much of a payload is kept to be shown. */
const preview = 512;

const names = new Map<number, string>(Object.entries(opcodes).map(([name, opcode]) => [opcode, name]));

export class FrameTracer {
	#header: FrameHeader | undefined;
	#headerBytes: number[] = [];
	#payload: number[] = [];
	#left = 0;
	readonly #print: (line: string) => void;

	constructor(print: (line: string) => void) {
		this.#print = print;
	}

	push(bytes: Uint8Array): void {
		let at = 0;
		while (at < bytes.length) {
			at = this.#header === undefined ? this.#takeHeader(bytes, at) : this.#takePayload(bytes, at, this.#header);
		}
	}

	#takeHeader(bytes: Uint8Array, at: number): number {
		const had = this.#headerBytes.length;
		const candidate = Uint8Array.from([...this.#headerBytes, ...bytes.subarray(at, at + longestHeader - had)]);
		const header = readHeader(candidate);
		if (header === undefined) {
			this.#headerBytes = [...candidate];
			return bytes.length;
		}
		this.#headerBytes = [];
		this.#header = header;
		this.#left = header.length;
		if (header.length === 0) this.#finish(header);
		return at + header.size - had;
	}

	#takePayload(bytes: Uint8Array, at: number, header: FrameHeader): number {
		const taken = Math.min(this.#left, bytes.length - at);
		for (let i = 0; i < taken && this.#payload.length < preview; i++) {
			const masked = bytes[at + i] ?? 0;
			this.#payload.push(masked ^ (header.mask?.[this.#payload.length % 4] ?? 0));
		}
		this.#left -= taken;
		if (this.#left === 0) this.#finish(header);
		return at + taken;
	}

	#finish(header: FrameHeader): void {
		this.#print(describeFrame(header, Uint8Array.from(this.#payload)));
		this.#header = undefined;
		this.#payload = [];
	}
}

/** `payload` is unmasked, and may be only the beginning of a long one. */
export function describeFrame(header: FrameHeader, payload: Uint8Array): string {
	const { fin, rsv, opcode, mask, length, lengthForm } = header;
	const parts = [
		`fin=${fin ? 1 : 0}`,
		...(rsv === 0 ? [] : [`rsv=${rsv}`]),
		`opcode=${opcode} ${names.get(opcode) ?? "reserved"}`,
		mask === undefined ? "unmasked" : `mask=${Buffer.from(mask).toString("hex")}`,
		`length=${length} (${lengthForm}-bit form)`,
		describePayload(opcode, payload, length),
	];
	return parts.filter((part) => part !== "").join("  ");
}

function describePayload(opcode: number, payload: Uint8Array, length: number): string {
	const bytes = Buffer.from(payload);
	if (opcode === opcodes.close && bytes.length >= 2)
		return `code ${bytes.readUInt16BE()} ${shorten(bytes.toString("utf8", 2))}`.trim();
	if (opcode !== opcodes.binary) return shorten(bytes.toString("utf8"));
	return bytes.toString("hex", 0, 32) + (length > 32 ? "…" : "");
}
