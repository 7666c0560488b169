/**
 * Where things lie in Redis. Channels are spread over partitions, and all that a partition holds has one hash tag: so one function
 * reaches a channel, the partition's epoch and its list of names, in a Cluster as well.
 */
import { hash } from "node:crypto";

/** Many times the masters that a Cluster may have, and few enough to ask them all for a list. */
export const partitions = 64;

export interface Keys {
	/** Of a channel. */
	partitionOf(channel: string): Partition;
	readonly all: readonly Partition[];
}

export interface Partition {
	/** The epoch that its channels begin with. */
	readonly epoch: string;
	/** The names of its channels. */
	readonly names: string;
	/** What the hash, the stream and the hints of a channel begin with; the channel's name follows. */
	readonly hash: string;
	readonly stream: string;
	readonly hint: string;
	/** What the channel begins with on which a node speaks to itself; the node's name follows. */
	readonly probe: string;
	idempotencyKey(channel: string, key: string): string;
}

/** `prefix`: so that several Holdfasts may share one Redis. */
export function keysUnder(prefix: string): Keys {
	const all = Array.from({ length: partitions }, (_, i): Partition => {
		const tag = `${prefix}{${prefix}${i}}`;
		return {
			epoch: `${tag}:epoch`,
			names: `${tag}:names`,
			hash: `${tag}:m:`,
			stream: `${tag}:s:`,
			hint: `${tag}:hint:`,
			probe: `${tag}:probe:`,
			// Names and keys may hold anything, so where one ends and the other begins is told by a length.
			idempotencyKey: (channel, key) => `${tag}:k:${channel.length}:${channel}:${key}`,
		};
	});
	return {
		all,
		partitionOf: (channel) => all[Number.parseInt(hash("sha1", channel).slice(0, 8), 16) % partitions] as Partition,
	};
}
