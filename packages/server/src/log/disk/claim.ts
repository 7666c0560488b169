/**
 * Who has a data folder open, in a file beside the store: what is only asked must not open lmdb, which can take back what the owner
 * is just committing. The record in the store itself decides; this one spares it from being asked.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRunning, type ProcessIdentity, thisProcess } from "./process-identity.ts";

interface Claim extends ProcessIdentity {
	/** Of the owner. */
	readonly token: string;
}

const fileOf = (folder: string) => join(folder, "owner.json");

export function writeClaim(folder: string, token: string): void {
	writeFileSync(fileOf(folder), JSON.stringify({ ...thisProcess(), token } satisfies Claim));
}

/** Takes away one's own alone: after a stop that was longer than its lease another may be the owner. */
export function dropClaim(folder: string, token: string): void {
	if (readClaim(folder)?.token === token) rmSync(fileOf(folder), { force: true });
}

/** The process that has the folder open and runs on this machine. */
export function runningOwner(folder: string): ProcessIdentity | undefined {
	const claim = readClaim(folder);
	return claim !== undefined && isRunning(claim, thisProcess()) === true ? claim : undefined;
}

function readClaim(folder: string): Claim | undefined {
	try {
		return JSON.parse(readFileSync(fileOf(folder), "utf8")) as Claim;
	} catch {
		return undefined;
	}
}
