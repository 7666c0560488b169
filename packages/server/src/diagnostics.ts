/**
 * What happened, on named channels of `node:diagnostics_channel`: a logger or metrics listen there, and nobody pays while
 * nobody listens.
 */
import { channel } from "node:diagnostics_channel";

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

/** Something failed that no client caused. */
export interface Fault {
	/** Where: `append`, `read`, `authorize`, `request` … */
	readonly during: string;
	readonly error: unknown;
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
		tell(event: Event): void {
			if (target.hasSubscribers) target.publish(event);
		},
	};
};

export const diagnostics = {
	damagedRecord: named<DamagedRecord>("record.damaged"),
	slowReader: named<SlowReader>("reader.slow"),
	webhook: named<WebhookTrouble>("webhook"),
	fault: named<Fault>("fault"),
};
