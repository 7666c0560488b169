/** A look at a data folder that no server runs on. */
import { existsSync, statSync } from "node:fs";
import { HoldfastError } from "@holdfast/protocol";
import type { ChannelInfo } from "../log.ts";
import { Channels, infoOf } from "./channels.ts";
import { dataFile, openReadOnly, usedBytes } from "./environment.ts";
import { readFormat } from "./format.ts";
import { type Owner, readOwner, refuseBeside } from "./owner.ts";

export interface DiskInspection {
	/** Of the file, in which space that was given back stays for what comes. */
	readonly fileBytes: number;
	readonly usedBytes: number;
	/** Who had the folder open when it was killed, or has it on another machine. */
	readonly owner: Pick<Owner, "host" | "pid" | "seen"> | undefined;
	/** By name in byte order. */
	readonly channels: readonly ChannelInfo[];
	/** Channels whose record cannot be read; the next server on this folder makes it anew. */
	readonly damaged: readonly string[];
}

/** What lmdb takes as a limit. */
const mostChannels = 2 ** 31 - 2;

/**
 * Reads what a folder holds, and writes nothing. Not beside a server, from which opening the store could take back what it is just
 * committing: see `openReadOnly`.
 *
 * @throws HoldfastError `store_unavailable` when there is no store in the folder, or a process of this machine has it open.
 */
export async function inspectDisk(folder: string): Promise<DiskInspection> {
	refuseBeside(folder, "Ask that server: GET /v1/channels lists what it holds. Or stop it first.");
	const file = dataFile(folder);
	const environment = existsSync(file) ? openReadOnly(folder) : undefined;
	if (environment === undefined) throw new HoldfastError("store_unavailable", `There is no store in ${folder}.`);
	try {
		const format = readFormat(environment);
		if (format === undefined) throw new HoldfastError("store_unavailable", `There is no store in ${folder}.`);
		const table = new Channels(environment, format.firstEpoch);
		const channels: ChannelInfo[] = [];
		const damaged: string[] = [];
		for (const name of table.names("", false, mostChannels)) {
			const record = table.load(name);
			if (record === undefined) damaged.push(name);
			else if (record.head > 0) channels.push(infoOf(name, record));
		}
		const owner = readOwner(environment);
		return {
			fileBytes: statSync(file).size,
			usedBytes: usedBytes(environment),
			owner: owner === undefined ? undefined : { host: owner.host, pid: owner.pid, seen: owner.seen },
			channels,
			damaged,
		};
	} finally {
		await environment.root.close();
	}
}
