/** Opens the log of a worker. */
import { existsSync } from "node:fs";
import { HoldfastError } from "@holdfast/protocol";
import { systemClock } from "../../clock.ts";
import { dataFile, openReadOnly } from "../disk/environment.ts";
import { readFormat } from "../disk/format.ts";
import type { Log } from "../log.ts";
import { Door } from "./door.ts";
import { WorkerLog } from "./worker-log.ts";

export interface DiskWorkerLogOptions {
	/** That of the owner. */
	readonly folder: string;
	/** Where the owner is; see `diskOwner`. */
	readonly path: string;
}

/** Milliseconds in which the owner must be there. */
const patience = 10_000;

/**
 * The log in a folder that another process of this machine owns. It is read here, and written there; where the owner is away,
 * appends throw `store_unavailable`, and reading goes on.
 *
 * @throws HoldfastError `store_unavailable` when no owner is there in 10 s, or its folder is not this one.
 */
export async function diskWorkerLog({ folder, path }: DiskWorkerLogOptions): Promise<Log> {
	let log: WorkerLog | undefined;
	const door = new Door({
		path,
		clock: systemClock,
		met: () => void log?.met(),
		parted: () => log?.parted(),
		grown: (channels) => log?.grown(channels),
	});
	try {
		// The store must not be written while another process opens it: `openReadOnly`.
		await door.ask("enter", undefined, patience);
		const environment = existsSync(dataFile(folder)) ? openReadOnly(folder) : undefined;
		const format = environment && readFormat(environment);
		door.say({ entered: true });
		if (environment === undefined || format === undefined)
			throw new HoldfastError("store_unavailable", `There is no store in ${folder}.`);
		log = new WorkerLog({ environment, firstEpoch: format.firstEpoch, door, clock: systemClock });
		return log;
	} catch (error) {
		door.close();
		throw error;
	}
}
