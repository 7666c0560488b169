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
	fault: named<Fault>("fault"),
};
