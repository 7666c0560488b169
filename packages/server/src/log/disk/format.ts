/** Which form a data folder has, and the epoch that its channels begin with. */
import { HoldfastError } from "@holdfast/protocol";
import type { Environment } from "./environment.ts";
import { seal, unsealJson } from "./seal.ts";

interface Format {
	readonly version: number;
	/** Of every channel until it is removed, so that an empty one has a cursor without anything being stored. */
	readonly firstEpoch: string;
}

const version = 1;
const key = Buffer.from("format");

/** Undefined in a new folder. */
export function readFormat({ folder, meta }: Environment): Format | undefined {
	const record = meta.getBinary(key);
	if (record === undefined) return undefined;
	const format = unsealJson<Format>(key, record);
	if (format === undefined) {
		throw new HoldfastError("store_unavailable", `The record of the store's form in ${folder} is damaged. Restore a backup.`);
	}
	if (format.version !== version) {
		const detail = `${folder} holds a store of form ${format.version}; this version of Holdfast knows form ${version}.`;
		throw new HoldfastError("store_unavailable", `${detail} Use the version that wrote it, or another folder.`);
	}
	return format;
}

/** In a write transaction. */
export function writeFormat({ meta }: Environment, firstEpoch: string): Format {
	const format = { version, firstEpoch };
	meta.putSync(key, seal(key, JSON.stringify(format)));
	return format;
}
