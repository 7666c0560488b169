/** Keys as bytes. Names hold no NUL, so it ends them, and a channel's messages stand together in the order of their offsets. */

const offsetBytes = 8;

/** Of the channel asked for last: messages of one channel come together. */
let start = { channel: "", bytes: Buffer.from("\0") };

export function messageKey(channel: string, offset: number): Buffer {
	if (start.channel !== channel) start = { channel, bytes: Buffer.from(`${channel}\0`) };
	const { bytes } = start;
	const key = Buffer.allocUnsafe(bytes.length + offsetBytes);
	key.set(bytes);
	// In two halves: a bigint for each message costs more than all the rest of its key.
	key.writeUInt32BE(Math.floor(offset / 2 ** 32), bytes.length);
	key.writeUInt32BE(offset >>> 0, bytes.length + 4);
	return key;
}

export function messageOffset(key: Buffer): number {
	return Number(key.readBigUInt64BE(key.length - offsetBytes));
}

export function channelKey(channel: string): Buffer {
	return Buffer.from(channel);
}

export function idempotencyKey(channel: string, key: string): Buffer {
	return Buffer.from(`${channel}\0${key}`);
}

/** When an idempotency key is to be forgotten, and which: in the order of time. */
export function expiryKey(until: number, key: Buffer): Buffer {
	const time = Buffer.allocUnsafe(8);
	time.writeBigUInt64BE(BigInt(until));
	return Buffer.concat([time, key]);
}

export function expiryTarget(expiry: Buffer): Buffer {
	return expiry.subarray(8);
}
