/** What `tail` prints: a line a message, for people or as JSON. */
import type { Gap, Message } from "@holdfast/client";
import { visible } from "../trace/trace.ts";

export interface Style {
	/** Whether several channels are read, so that each line names its own. */
	readonly several: boolean;
}

/** Time, channel where there are several, id, event, who, data; with nothing in it that could steer a terminal. */
export function humanMessage(message: Message, { several }: Style): string {
	const { time, channel, id, event, from, key, data } = message;
	const parts = [localTime(time), ...(several ? [channel] : []), id];
	if (event !== undefined) parts.push(`[${event}]`);
	if (key !== undefined) parts.push(`{${key}}`);
	if (from !== undefined) parts.push(`<${from}>`);
	if (data instanceof Uint8Array) parts.push(`base64:${base64Of(data)}`);
	else parts.push(typeof data === "string" ? data : JSON.stringify(data));
	return visible(parts.join("  "));
}

/** As on the wire, where bytes are base64. */
export function jsonMessage(message: Message): string {
	const { data } = message;
	return JSON.stringify(data instanceof Uint8Array ? { ...message, data: base64Of(data), encoding: "base64" } : message);
}

const reasons: Readonly<Record<string, string>> = {
	expired: "older than what is kept",
	reset: "the channel began a new life",
	unknown: "the log lost its newest messages",
	damaged: "records cannot be read",
};

export function humanGap(gap: Gap): string {
	const why = reasons[gap.reason] ?? gap.reason;
	return visible(`gap in ${gap.channel}: what followed ${gap.after} is gone (${why}); going on after ${gap.next}`);
}

function localTime(time: number): string {
	const date = new Date(time);
	if (Number.isNaN(date.getTime())) return String(time);
	const two = (value: number) => String(value).padStart(2, "0");
	const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
	const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
	return `${day} ${clock}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

function base64Of(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString("base64");
}
