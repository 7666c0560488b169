/** A log on disk: what was acknowledged is there after a crash. */
import { mkdirSync } from "node:fs";
import { HoldfastError } from "@holdfast/protocol";
import { type Clock, type Random, systemClock, systemRandom } from "../../clock.ts";
import { resolveOptions, type StoreLimits, storeOptions } from "../../options.ts";
import { newEpoch } from "../epoch.ts";
import type { Log } from "../log.ts";
import { writeClaim } from "./claim.ts";
import { DiskLog } from "./disk-log.ts";
import { type Durability, type Environment, openEnvironment } from "./environment.ts";
import { readFormat, writeFormat } from "./format.ts";
import { refuseBeside, takeOwnership } from "./owner.ts";

export interface DiskLogOptions extends Partial<StoreLimits> {
	/** Made when it is not there. */
	readonly folder: string;
	/**
	 * What `append` promises, and with it what readers see:
	 *
	 * - `disk` (the default): flushed to the disk. It survives a crash of the process and of the machine.
	 * - `commit`: one flush an append instead of two; the second comes with the next append. It survives a crash of the
	 *   process; a power loss may take back what was appended last, and leaves a whole store. Readers who had seen that are told
	 *   `unknown`.
	 * - `none`: handed to the operating system, which flushes when it likes. It survives a crash of the process; a power loss
	 *   may leave no readable store.
	 */
	readonly durability?: Durability;
	readonly clock?: Clock;
	readonly random?: Random;
}

/**
 * Opens the store in a folder, as its only owner.
 *
 * @throws HoldfastError `store_unavailable` when another process owns the folder, or when another version wrote it;
 * `bad_request` for a limit out of its bounds.
 */
export function diskLog(options: DiskLogOptions): Log {
	return openDiskLog(options);
}

/** The same, with what only this package may ask of it. */
export function openDiskLog(options: DiskLogOptions): DiskLog {
	const { folder, durability = "disk", clock = systemClock, random = systemRandom, ...limits } = options;
	const resolved = resolveOptions(storeOptions, limits);
	const token = newEpoch(random) + newEpoch(random);
	let environment: Environment | undefined;
	try {
		mkdirSync(folder, { recursive: true });
		refuseBeside(folder);
		environment = openEnvironment(folder, durability);
		const firstEpoch = begin(environment, token, clock, random);
		writeClaim(folder, token);
		return new DiskLog({ environment, clock, random, token, firstEpoch, limits: resolved });
	} catch (error) {
		void environment?.root.close();
		if (error instanceof HoldfastError) throw error;
		throw new HoldfastError("store_unavailable", `The store in ${folder} cannot be opened: ${(error as Error).message}`, {
			cause: error,
		});
	}
}

/** The first transaction, flushed before anything is read: a killed process may have left commits that no disk has seen. */
function begin(environment: Environment, token: string, clock: Clock, random: Random): string {
	return environment.root.transactionSync(() => {
		const { firstEpoch } = readFormat(environment) ?? writeFormat(environment, newEpoch(random));
		takeOwnership(environment, token, clock.now());
		return firstEpoch;
	});
}
