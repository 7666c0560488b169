/**
 * A checksum for each record, since no embedded store notices a flipped byte. It covers the key too, so that a record that
 * turns up under another key is no record.
 */
import { crc32 } from "node:zlib";

const sumBytes = 4;

/** Most records fit, and need no memory of their own: lmdb copies what it is given. */
const lent = Buffer.allocUnsafeSlow(64 * 1024);
/** Of a UTF-16 unit. */
const mostBytes = 3;

/** A record ready to be stored: four bytes of CRC-32, then the text. It is lent until the next one is sealed. */
export function seal(key: Uint8Array, text: string): Buffer {
	const fits = sumBytes + text.length * mostBytes <= lent.length;
	const room = fits ? lent : Buffer.allocUnsafe(sumBytes + Buffer.byteLength(text));
	const record = room.subarray(0, sumBytes + room.write(text, sumBytes));
	record.writeUInt32BE(crc32(record.subarray(sumBytes), crc32(key)), 0);
	return record;
}

/** What was sealed, or undefined when it is missing or is not what was stored. */
export function unseal(key: Uint8Array, record: Buffer | undefined): Buffer | undefined {
	if (record === undefined || record.length < sumBytes) return undefined;
	// A record that lmdb lends lies in a larger array, and only its `length` says where it ends.
	const body = record.subarray(sumBytes, record.length);
	return record.readUInt32BE(0) === crc32(body, crc32(key)) ? body : undefined;
}

/** How many bytes follow the first `byte` of what was sealed, whether or not it is still what was stored. */
export function sealedAfter(record: Buffer | undefined, byte: number): number {
	if (record === undefined) return 0;
	for (let i = sumBytes; i < record.length; i++) if (record[i] === byte) return record.length - i - 1;
	return 0;
}

export function unsealJson<Value>(key: Uint8Array, record: Buffer | undefined): Value | undefined {
	const body = unseal(key, record);
	return body === undefined ? undefined : (JSON.parse(body.toString()) as Value);
}
