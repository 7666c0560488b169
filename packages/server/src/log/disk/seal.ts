/**
 * A checksum for each record, since no embedded store notices a flipped byte. It covers the key too, so that a record that
 * turns up under another key is no record.
 */
import { crc32 } from "node:zlib";

const sumBytes = 4;

/** A record ready to be stored: four bytes of CRC-32, then the parts. */
export function seal(key: Uint8Array, ...parts: readonly string[]): Buffer {
	let length = sumBytes;
	for (const part of parts) length += Buffer.byteLength(part);
	const record = Buffer.allocUnsafe(length);
	let at = sumBytes;
	for (const part of parts) at += record.write(part, at);
	record.writeUInt32BE(checksum(key, record), 0);
	return record;
}

/** What was sealed, or undefined when it is missing or is not what was stored. */
export function unseal(key: Uint8Array, record: Buffer | undefined): Buffer | undefined {
	if (record === undefined || record.length < sumBytes) return undefined;
	return record.readUInt32BE(0) === checksum(key, record) ? record.subarray(sumBytes) : undefined;
}

export function unsealJson<Value>(key: Uint8Array, record: Buffer | undefined): Value | undefined {
	const body = unseal(key, record);
	return body === undefined ? undefined : (JSON.parse(body.toString()) as Value);
}

function checksum(key: Uint8Array, record: Buffer): number {
	return crc32(record.subarray(sumBytes), crc32(key));
}
