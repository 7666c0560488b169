/** From what clients send to what the log is asked to keep: every way to publish comes through here. */
import { HoldfastError, isEventName, isLabel, isReservedChannel, readTraceparent } from "@holdfast/protocol";
import type { Draft } from "../log/log.ts";
import { type BodyType, decodeUtf8 } from "./body.ts";
import { parseJson, toJson } from "./json.ts";
import { checkChannel } from "./parameters.ts";

/** Data as the log keeps it, and the bytes of it that count against the limit. */
export interface Data {
	readonly json: string;
	readonly encoding?: "base64";
	readonly size: number;
}

export interface Labels {
	readonly event?: unknown;
	readonly key?: unknown;
	readonly idempotencyKey?: unknown;
	readonly traceparent?: unknown;
}

export function dataOfBody(body: Buffer, type: BodyType): Data {
	const size = body.length;
	if (type === "bytes") return dataOfBytes(body);
	const text = decodeUtf8(body, type);
	return { json: toJson(type === "json" ? parseJson(text) : text), size };
}

export function dataOfBytes(bytes: Uint8Array): Data {
	const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
	return { json: `"${base64}"`, encoding: "base64", size: bytes.byteLength };
}

/** `data` and `encoding` of a batch item or a `publish` operation. */
export function dataOfValue(value: unknown, encoding: unknown): Data {
	if (value === undefined) throw new HoldfastError("bad_request", "There is no data to publish.");
	if (encoding === undefined) {
		const json = toJson(value);
		return { json, size: Buffer.byteLength(json) };
	}
	if (encoding !== "base64") throw new HoldfastError("bad_request", 'encoding is "base64" or absent.');
	if (typeof value !== "string" || !isBase64(value)) {
		throw new HoldfastError("bad_request", "With encoding base64 the data is a string of base64.");
	}
	return dataOfBytes(Buffer.from(value, "base64"));
}

/** @throws HoldfastError naming what is wrong: the channel, a label, or a size over `most` bytes. */
export function makeDraft(channel: unknown, data: Data, labels: Labels, most: number): Draft {
	const name = checkChannel(channel);
	if (isReservedChannel(name)) throw new HoldfastError("forbidden", "Channels that begin with $ are the server's own.");
	const { event, key, idempotencyKey, traceparent } = labels;
	if (event !== undefined && !(typeof event === "string" && isEventName(event))) {
		throw new HoldfastError("bad_event", "An event name has 1 to 255 bytes, no control characters, and does not begin with $.");
	}
	for (const label of [key, idempotencyKey]) {
		if (label === undefined || (typeof label === "string" && isLabel(label))) continue;
		throw new HoldfastError("bad_key", "A key has 1 to 255 bytes and no control characters.");
	}
	const trace = typeof traceparent === "string" ? readTraceparent(traceparent) : undefined;
	if (traceparent !== undefined && trace === undefined) {
		throw new HoldfastError("bad_request", "traceparent is as W3C Trace Context writes it, 00-<trace>-<span>-<flags>.");
	}
	if (data.size > most) throw new HoldfastError("too_large", `A message may have ${most} bytes, not ${data.size}.`);
	return {
		channel: name,
		data: data.json,
		...(data.encoding === undefined ? {} : { encoding: data.encoding }),
		...(event === undefined ? {} : { event: event as string }),
		...(key === undefined ? {} : { key: key as string }),
		...(idempotencyKey === undefined ? {} : { idempotencyKey: idempotencyKey as string }),
		...(trace === undefined ? {} : { traceparent: trace }),
	};
}

function isBase64(text: string): boolean {
	return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
