/** Signatures as Standard Webhooks has them (standardwebhooks.com, symmetric). */
import { createHmac } from "node:crypto";

const prefix = "whsec_";

/** Fewer can be guessed by whoever has seen one signature. */
const leastBytes = 16;

/** @throws Error for a secret that is none, without repeating it. */
export function secretOf(text: unknown): Buffer {
	const secret = typeof text !== "string" ? Buffer.alloc(0) : bytesOf(text);
	if (secret.length < leastBytes) {
		throw new Error(`has a secret that is ${prefix} and base64, or text: of ${leastBytes} bytes at least`);
	}
	return secret;
}

function bytesOf(text: string): Buffer {
	if (!text.startsWith(prefix)) return Buffer.from(text);
	const base64 = text.slice(prefix.length);
	return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, "base64") : Buffer.alloc(0);
}

/** @param time - in milliseconds since 1970; the receiver refuses what is too old to be ours. */
export function signedHeaders(secret: Buffer, id: string, time: number, body: string): Readonly<Record<string, string>> {
	const timestamp = String(Math.floor(time / 1000));
	const signature = createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64");
	return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}
