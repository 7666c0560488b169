/** What the ways to read have in common. Each is one file and one function of this type; following is a wrapper around it. */
import type { Agent } from "node:http";
import type { GapReason } from "@holdfast/protocol";
import type { Trace } from "../trace/trace.ts";
import { Broken } from "../wire/ending.ts";
import type { Server } from "../wire/request.ts";

/** A message as the wire shows it. */
export interface WireMessage {
	readonly id: string;
	readonly channel: string;
	readonly data: unknown;
	readonly time: number;
	readonly encoding?: string;
	readonly event?: string;
	readonly from?: string;
	readonly key?: string;
}

export interface WireGap {
	readonly channel: string;
	readonly after: string;
	readonly next: string;
	readonly reason: GapReason;
}

/** What a reader hands on; `cursor` is where it stands afterwards, where the wire says it. */
export type Told =
	| { readonly kind: "message"; readonly message: WireMessage; readonly cursor: string | undefined }
	| { readonly kind: "gap"; readonly gap: WireGap; readonly cursor: string }
	| { readonly kind: "at"; readonly cursor: string };

export interface Reading {
	readonly server: Server;
	readonly channels: readonly string[];
	/** The query that begins the reading: `after=…` or `last=…`. */
	readonly start: string;
	/** Where an earlier connection had come to; decides over `start`. */
	readonly cursor: string | undefined;
	readonly agent: Agent;
	readonly signal: AbortSignal;
	readonly trace: Trace | undefined;
	/** A promise means: no more until it resolves. */
	tell(told: Told): Promise<void> | undefined;
}

/**
 * Reads over one connection until it ends; returns only when `signal` is aborted.
 *
 * @throws Broken when it is worth connecting again, Refused when it is not.
 */
export type Reader = (reading: Reading) => Promise<void>;

/** Channel names need no encoding in a path or a query. */
export function resource(channels: readonly string[], parameters: readonly string[]): string {
	const [only] = channels;
	if (channels.length === 1) return `/v1/channels/${only}/messages?${parameters.join("&")}`;
	return `/v1/messages?${[...channels.map((channel) => `channel=${channel}`), ...parameters].join("&")}`;
}

export function place(reading: Reading): string {
	return reading.cursor === undefined ? reading.start : `after=${reading.cursor}`;
}

export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new Broken("the server sent what is not JSON", { cause });
	}
}

export function asMessage(value: unknown): WireMessage {
	const { id, channel, time } = fields(value);
	if (typeof id === "string" && typeof channel === "string" && typeof time === "number") return value as WireMessage;
	throw new Broken("the server sent what is not a message");
}

export function asGap(value: unknown): WireGap {
	const { channel, after, next, reason } = fields(value);
	if ([channel, after, next, reason].every((field) => typeof field === "string")) return value as WireGap;
	throw new Broken("the server sent what is not a gap");
}

export function asNext(value: unknown): string {
	const { next } = fields(value);
	if (typeof next === "string") return next;
	throw new Broken("the server sent no cursor");
}

export function fields(value: unknown): Readonly<Record<string, unknown>> {
	if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
	throw new Broken("the server sent what is not an object");
}
