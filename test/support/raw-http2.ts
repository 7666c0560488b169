/** A connection of HTTP/2 frame by frame, for what no well-behaved client would send. */
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";

export const frameTypes = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, continuation: 9 };
export const flags = { endStream: 1, endHeaders: 4 };

export function frame(type: number, flag: number, stream: number, payload: Uint8Array = new Uint8Array()): Buffer {
	const head = Buffer.alloc(9);
	head.writeUIntBE(payload.length, 0, 3);
	head.writeUInt8(type, 3);
	head.writeUInt8(flag, 4);
	head.writeUInt32BE(stream, 5);
	return Buffer.concat([head, payload]);
}

/** A request's head, every field written out. */
export function headers(stream: number, path: string, fields: Readonly<Record<string, string>> = {}, flag = 0): Buffer {
	const all = { ":method": "GET", ":scheme": "https", ":authority": "127.0.0.1", ":path": path, ...fields };
	const text = (value: string) => [Buffer.from([value.length]), Buffer.from(value)];
	const block = Object.entries(all).flatMap(([name, value]) => [Buffer.from([0]), ...text(name), ...text(value)]);
	return frame(frameTypes.headers, flags.endHeaders | flag, stream, Buffer.concat(block));
}

export function reset(stream: number, code: number): Buffer {
	const payload = Buffer.alloc(4);
	payload.writeUInt32BE(code);
	return frame(frameTypes.reset, 0, stream, payload);
}

export interface RawSession {
	readonly socket: TLSSocket;
	readonly bytes: () => Buffer;
	readonly closed: Promise<void>;
	write(...frames: readonly Uint8Array[]): void;
}

export async function openRawSession(port: number, ...first: readonly Uint8Array[]): Promise<RawSession> {
	const socket = connect({ port, host: "127.0.0.1", ALPNProtocols: ["h2"], rejectUnauthorized: false });
	const chunks: Buffer[] = [];
	socket.on("data", (chunk) => chunks.push(chunk)).on("error", () => undefined);
	const closed = once(socket, "close").then(() => undefined);
	await once(socket, "secureConnect");
	const write = (...frames: readonly Uint8Array[]) => void socket.write(Buffer.concat(frames));
	write(Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(frameTypes.settings, 0, 0), ...first);
	return { socket, bytes: () => Buffer.concat(chunks), closed, write };
}
