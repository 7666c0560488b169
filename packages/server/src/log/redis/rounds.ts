/**
 * A node's rounds: from time to time it sees whether Redis is there, compares how far its watches have been told with how far the
 * channels are, and says something to itself by a hint, to find out whether it hears. So a hint that is lost costs seconds, and who
 * waits for a Redis that is away is told.
 */
import type { Clock, Random } from "../../clock.ts";
import { diagnostics } from "../../diagnostics.ts";
import type { FreshnessState } from "../freshness.ts";
import type { Watch } from "../watch.ts";
import type { Watches } from "../watches.ts";
import type { Door } from "./door.ts";
import type { Hints } from "./hints.ts";
import type { Keys, Partition } from "./keys.ts";

/** Most milliseconds between two rounds while Redis is away, or seems to be. */
const shortInterval = 1000;
/** One that fails may be a moment's trouble. */
const mostFailures = 2;
/** Channels that are read at once, so that nodes that come back together do not fall upon Redis. */
const atOnce = 16;

export interface RoundsParts {
	readonly door: Door;
	readonly hints: Hints;
	readonly keys: Keys;
	readonly clock: Clock;
	readonly random: Random;
	readonly watches: Watches;
	readonly freshness: FreshnessState;
	/** Milliseconds between two rounds. */
	readonly interval: number;
}

/** What a node has said to itself in a partition. */
interface Probe {
	said: string | undefined;
	heard: string | undefined;
}

/** Goes until the function that it returns is called. */
export function goRounds(parts: RoundsParts): () => void {
	const { clock, random, freshness, interval } = parts;
	const round = makeRound(parts);
	let failures = 0;
	let ended = false;
	const pause = () => (failures > 0 ? Math.min(shortInterval, interval) : interval);
	// Nodes that began together do not go together.
	const wait = () => clock.after(pause() * (0.75 + random() / 4), () => void go());
	const go = async () => {
		try {
			await round();
			failures = 0;
			if (!ended) freshness.set(true);
		} catch (error) {
			if (++failures === mostFailures && !ended) {
				diagnostics.fault.tell({ during: "look", error });
				freshness.set(false);
			}
		}
		if (!ended) timer = wait();
	};
	let timer = wait();
	return () => {
		ended = true;
		timer.cancel();
	};
}

/** @throws HoldfastError `store_unavailable`. */
function makeRound({ door, hints, keys, watches }: RoundsParts): () => Promise<void> {
	const probes = new Map<Partition, Probe>();
	let count = 0;

	/** True where what was said has not been heard. */
	const isDeaf = ({ said, heard }: Probe) => said !== undefined && said !== heard;

	/** Gives the watches of a partition that are not where their channels are. */
	const compare = async (partition: Partition, channels: readonly string[]): Promise<Watch[]> => {
		const probe = probes.get(partition);
		const said = String(++count);
		const args = [partition.probe + hints.node, said];
		const mine = [partition.names, ...channels.map((channel) => partition.hash + channel)];
		const heads = (await door.change("heads", mine, args)) as string[];
		if (probe) probe.said = said;
		return channels.flatMap((channel, i) => {
			const watch = watches.get(channel);
			const at = watch?.at;
			return watch && heads[i] !== (at ? `${at.epoch}-${at.offset}` : undefined) ? [watch] : [];
		});
	};
	/** Listens for its own voice wherever it listens at all. */
	const probeWhere = async (watched: ReadonlyMap<Partition, readonly string[]>) => {
		for (const partition of probes.keys()) {
			if (watched.has(partition)) continue;
			probes.delete(partition);
			hints.leave(partition.probe + hints.node);
		}
		const begun = [...watched.keys()].map(async (partition) => {
			if (probes.has(partition)) return;
			const probe: Probe = { said: undefined, heard: undefined };
			await hints.join(partition.probe + hints.node, (text) => {
				probe.heard = text;
			});
			probes.set(partition, probe);
		});
		// One that cannot be begun now is begun in the next round; that Redis is away is told by the heads.
		await Promise.allSettled(begun);
	};

	return async () => {
		const watched = new Map<Partition, string[]>();
		for (const channel of watches.channels()) {
			const partition = keys.partitionOf(channel);
			watched.set(partition, [...(watched.get(partition) ?? []), channel]);
		}
		if ([...probes.values()].some(isDeaf)) {
			diagnostics.fault.tell({ during: "look", error: new Error("Hints of Redis were not heard; subscribed anew.") });
			await hints.renew();
			for (const probe of probes.values()) probe.said = undefined;
		}
		await probeWhere(watched);
		// Whether Redis is there is worth knowing also where nobody reads.
		const [first] = keys.all;
		if (watched.size === 0 && first) watched.set(first, []);
		const compared = [...watched].map(([partition, channels]) => compare(partition, channels));
		const behind = (await Promise.all(compared)).flat();
		await Promise.all(Array.from({ length: atOnce }, (_, i) => lookAtEach(behind, i)));
	};
}

/** Every 16th from `i` on, one after another. */
async function lookAtEach(watches: readonly Watch[], i: number): Promise<void> {
	for (let at = i; at < watches.length; at += atOnce) await watches[at]?.look();
}
