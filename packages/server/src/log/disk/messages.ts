/** Messages as records: a line of JSON with the fields, then the data as it is. */
import { formatCursor, type Message } from "@holdfast/protocol";
import type { Table } from "./environment.ts";
import { messageKey } from "./keys.ts";
import { seal, sealedAfter, unseal } from "./seal.ts";

const lineFeed = 10;

/** A record of an earlier version may lack any but the first. */
type Fields = Pick<Message, "time" | "encoding" | "event" | "from" | "key" | "traceparent">;

export function putMessage(table: Table, message: Message): void {
	const at = messageKey(message.channel, message.offset);
	table.putSync(at, seal(at, `${fieldsOf(message)}\n${message.data}`));
}

function fieldsOf({ time, encoding, event, from, key, traceparent }: Message): string {
	// Of most messages: a template takes a third of what `JSON.stringify` does.
	if ((encoding ?? event ?? from ?? key ?? traceparent) === undefined) return `{"time":${time}}`;
	return JSON.stringify({ time, encoding, event, from, key, traceparent });
}

/** Undefined when the record is missing or damaged. The epoch is the channel's, so that a new life needs no new records. */
export function getMessage(table: Table, channel: string, epoch: string, offset: number): Message | undefined {
	const at = messageKey(channel, offset);
	// Lent until the next look into the store: by then it has become text.
	const body = unseal(at, table.getBinaryFast(at));
	if (body === undefined) return undefined;
	const end = body.indexOf(lineFeed);
	const fields = JSON.parse(body.toString("utf8", 0, end)) as Fields;
	return { channel, id: formatCursor({ epoch, offset }), offset, data: body.toString("utf8", end + 1), ...fields };
}

/** Takes a message away; the bytes of its data, or 0 when it is missing. The record is not opened, only seen. */
export function removeMessage(table: Table, channel: string, offset: number): number {
	const at = messageKey(channel, offset);
	const bytes = sealedAfter(table.getBinaryFast(at), lineFeed);
	table.removeSync(at);
	return bytes;
}
