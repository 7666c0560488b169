/** One owner of a data folder at a time: the record in it that says who. */
import { HoldfastError } from "@holdfast/protocol";
import { runningOwner } from "./claim.ts";
import type { Environment } from "./environment.ts";
import { isRunning, type ProcessIdentity, thisProcess } from "./process-identity.ts";
import { seal, unsealJson } from "./seal.ts";

export interface Owner extends ProcessIdentity {
	/** Tells one opening of the folder from another. */
	readonly token: string;
	/** When the owner last said that it is there, in milliseconds since 1970. */
	readonly seen: number;
}

const key = Buffer.from("owner");

/** How long an owner elsewhere counts as there without saying so. On the same machine a killed owner is known at once. */
export const lease = 15_000;

export function readOwner(environment: Environment): Owner | undefined {
	return unsealJson<Owner>(key, environment.meta.getBinary(key));
}

/**
 * Makes this process the owner. MUST be called in a write transaction: lmdb has one writer at a time, over all processes.
 *
 * @throws HoldfastError `store_unavailable` naming the owner that is there.
 */
export function takeOwnership(environment: Environment, token: string, now: number): void {
	const self = thisProcess();
	const owner = readOwner(environment);
	if (owner !== undefined) refuseIfThere(environment.folder, owner, self, now);
	write(environment, { ...self, token, seen: now });
}

/** Whether `token` is still the owner; in a write transaction. It is asked in each, so the record is searched and not read. */
export function isOwner(environment: Environment, token: string): boolean {
	const record = environment.meta.getBinaryFast(key);
	// Lent by lmdb: it lies in a larger array, where an older record may be left behind it.
	return record?.subarray(0, record.length).includes(token) ?? false;
}

/** Says that the owner is still there; in a write transaction of its own. */
export function renewLease(environment: Environment, now: number): void {
	const owner = readOwner(environment);
	if (owner !== undefined) write(environment, { ...owner, seen: now });
}

/** Lets the next one in; in a write transaction of its own. */
export function giveUpOwnership(environment: Environment): void {
	environment.meta.removeSync(key);
}

function write(environment: Environment, owner: Owner): void {
	environment.meta.putSync(key, seal(key, JSON.stringify(owner)));
}

/** @throws HoldfastError `store_unavailable` where an owner runs on this machine; without opening the store. */
export function refuseBeside(folder: string, remedy = "Stop it, or give this one another folder."): void {
	const owner = runningOwner(folder);
	if (owner === undefined) return;
	const { pid, host } = owner;
	throw new HoldfastError("store_unavailable", `The folder ${folder} is in use by process ${pid} on ${host}. ${remedy}`);
}

function refuseIfThere(folder: string, owner: Owner, self: ProcessIdentity, now: number): void {
	const who = `process ${owner.pid} on ${owner.host}`;
	const running = isRunning(owner, self);
	if (running === true) {
		const remedy = "Stop it, or give this one another folder.";
		throw new HoldfastError("store_unavailable", `The folder ${folder} is in use by ${who}. ${remedy}`);
	}
	const left = owner.seen + lease - now;
	if (running === undefined && left > 0) {
		const seconds = Math.ceil(left / 1000);
		const remedy = `Stop it, or give this one another folder; if it is gone for good, try again in ${seconds} s.`;
		throw new HoldfastError("store_unavailable", `The folder ${folder} is in use by ${who}. ${remedy}`, { retryAfter: seconds });
	}
}
