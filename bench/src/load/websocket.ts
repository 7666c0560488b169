/** A WebSocket reader over a raw socket: reads frames, of text frames only the number at the end. */
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { endOfHead, mustBe, type Take } from "./connection.ts";
import { mark, numberAt } from "./payload.ts";

export interface Receiver {
	message(number: number): void;
	/** A text frame that bears no message. */
	text(text: string): void;
	/** The connection is upgraded. */
	opened(): void;
}

const opcodeText = 1;
const opcodeClose = 8;
const opcodePing = 9;
const opcodePong = 10;

export function upgradeRequest(path: string, port: number): string {
	const key = randomBytes(16).toString("base64");
	return [
		`GET ${path} HTTP/1.1`,
		`Host: 127.0.0.1:${port}`,
		"Connection: Upgrade",
		"Upgrade: websocket",
		"Sec-WebSocket-Version: 13",
		`Sec-WebSocket-Key: ${key}`,
		"\r\n",
	].join("\r\n");
}

/** A short frame as clients send it. Masked with zeros, which leave the payload as it is. */
export function clientFrame(opcode: number, payload: Uint8Array): Buffer {
	return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

export function sendText(socket: Socket, text: string): void {
	socket.write(clientFrame(opcodeText, Buffer.from(text)));
}

// Frames of one server end alike: the mark's distance from the end hardly ever changes.
let markFromEnd = 1;

function findMark(bytes: Buffer, start: number, end: number): number {
	const at = end - markFromEnd;
	if (at >= start && bytes[at] === mark) return at;
	const found = bytes.lastIndexOf(mark, end - 1);
	if (found < start) return -1;
	markFromEnd = end - found;
	return found;
}

export function readWebSocket(socket: Socket, receiver: Receiver): Take {
	let upgraded = false;

	const control = (opcode: number, payload: Buffer): void => {
		if (opcode === opcodePing) socket.write(clientFrame(opcodePong, payload));
		else if (opcode === opcodeClose) socket.destroy(new Error(`close frame ${payload.toString("hex")}`));
		else if (opcode === opcodeText) receiver.text(payload.toString());
		else throw new Error(`a frame with opcode ${opcode}`);
	};

	return (bytes, end) => {
		let at = 0;
		if (!upgraded) {
			at = endOfHead(bytes, 0, end);
			if (at < 0) return 0;
			mustBe(101, bytes, at);
			upgraded = true;
			receiver.opened();
		}
		while (end - at >= 2) {
			let length = bytes[at + 1] as number;
			let start = at + 2;
			if (length === 126) {
				if (end - at < 4) break;
				length = bytes.readUInt16BE(start);
				start += 2;
			} else if (length === 127) {
				throw new Error("a frame of more than 65,535 bytes");
			}
			const next = start + length;
			if (next > end) break;
			const first = bytes[at] as number;
			if ((first & 0xf0) !== 0x80) throw new Error(`a frame that begins with byte ${first}`);
			const found = first === (0x80 | opcodeText) ? findMark(bytes, start, next) : -1;
			if (found >= 0) receiver.message(numberAt(bytes, found));
			else control(first & 15, bytes.subarray(start, next));
			at = next;
		}
		return at;
	};
}
