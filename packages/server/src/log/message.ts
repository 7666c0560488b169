/** A draft as the message that it becomes, and what a message weighs. */
import { formatCursor, type Message } from "@holdfast/protocol";
import type { Draft } from "./log.ts";

export function makeMessage(draft: Draft, epoch: string, offset: number, time: number): Message {
	const { channel, data, encoding, event, from, key, traceparent } = draft;
	return {
		channel,
		id: formatCursor({ epoch, offset }),
		offset,
		data,
		time,
		...(encoding === undefined ? {} : { encoding }),
		...(event === undefined ? {} : { event }),
		...(from === undefined ? {} : { from }),
		...(key === undefined ? {} : { key }),
		...(traceparent === undefined ? {} : { traceparent }),
	};
}

/** What retention by bytes and a page's limit count. */
export function dataBytes(message: { readonly data: string }): number {
	return Buffer.byteLength(message.data);
}
