/**
 * What happened, on named channels of `node:diagnostics_channel`: a logger, metrics or tracing listen there, and nobody pays
 * while nobody listens. Times are milliseconds since 1970.
 */
import { channel } from "node:diagnostics_channel";
import type { ErrorCode, Message } from "@holdfast/protocol";

/** A record failed its checksum and is told to readers as a gap. */
export interface DamagedRecord {
	readonly channel: string;
	readonly offset: number;
}

/** A reader made no progress and was sent away. */
export interface SlowReader {
	readonly channels: readonly string[];
	readonly transport: string;
}

/** Who asked, as a log may say it: without the query, which may hold a ticket. */
export interface Asked {
	/** Made by the server, and told in `X-Request-Id` or as the session of a WebSocket. */
	readonly id?: string;
	/** Of HTTP; `WS` for what came over a WebSocket. */
	readonly method: string;
	readonly path: string;
	readonly traceparent?: string;
}

/** A connection was ended, since it may not stay or an administrator said so. */
export interface Ended {
	/** As `GET /v1/connections` names it. */
	readonly id: string;
	readonly transport: string;
	readonly why: "expired" | "revoked" | "forbidden" | "disconnected";
}

/** Something failed that no client caused. */
export interface Fault {
	/** Where: `append`, `read`, `authorize`, `request` … */
	readonly during: string;
	readonly error: unknown;
	/** Whose answer it became. */
	readonly asked?: Asked;
}

/** An error was the answer to a request, an upgrade, an operation or a frame. */
export interface Refusal {
	readonly code: ErrorCode;
	readonly status: number;
	readonly detail: string;
	readonly asked: Asked;
}

/** The log was asked to keep messages, and did, or did not (`error`). */
export interface Appended {
	readonly drafts: readonly { readonly channel: string; readonly event?: string; readonly traceparent?: string }[];
	readonly began: number;
	readonly ended: number;
	readonly error?: unknown;
}

/** One page was read from the log, or could not be. */
export interface PageRead {
	readonly channel: string;
	/** How many. */
	readonly messages: number;
	readonly began: number;
	readonly ended: number;
	readonly error?: unknown;
}

/** One page has been written to all readers who stood at the head: told once a page, whatever their number. */
export interface Delivered {
	readonly messages: readonly Message[];
	/** How many. */
	readonly readers: number;
	/** When the first of the readers was written to, and when the last had been. */
	readonly began: number;
	readonly ended: number;
}

/** Something that a webhook was to be told did not reach it. */
export interface WebhookTrouble {
	/** The host of its URL; the rest of that may hold a secret. */
	readonly hook: string;
	/** `failed`: it is tried again. `stopped`: it is not, until a restart. `gap`: events are gone, and it is told so. */
	readonly what: "failed" | "stopped" | "gap";
	readonly detail: string;
}

const named = <Event>(name: string) => {
	const target = channel(`holdfast:${name}`);
	return {
		name: `holdfast:${name}`,
		/** Whether anybody listens: for what costs something to tell. */
		get heard(): boolean {
			return target.hasSubscribers;
		},
		tell(event: Event): void {
			if (target.hasSubscribers) target.publish(event);
		},
	};
};

export const diagnostics = {
	damagedRecord: named<DamagedRecord>("record.damaged"),
	slowReader: named<SlowReader>("reader.slow"),
	ended: named<Ended>("connection.ended"),
	webhook: named<WebhookTrouble>("webhook"),
	fault: named<Fault>("fault"),
	refused: named<Refusal>("refused"),
	appended: named<Appended>("log.append"),
	pageRead: named<PageRead>("log.read"),
	delivered: named<Delivered>("page.delivered"),
};
