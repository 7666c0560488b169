/** The lmdb environment of a data folder: which options are safe, what is in it, and what its errors mean. */
import { closeSync, existsSync, fsyncSync, openSync, readSync, statfsSync, statSync } from "node:fs";
import { endianness } from "node:os";
import { join } from "node:path";
import { HoldfastError } from "@holdfast/protocol";
import { type Database, open, type RootDatabase, type RootDatabaseOptions } from "lmdb";

export type Durability = "disk" | "commit" | "none";
export type Table = Database<Buffer, Buffer>;

export interface Environment {
	readonly folder: string;
	readonly root: RootDatabase<Buffer, Buffer>;
	readonly messages: Table;
	readonly channels: Table;
	readonly keys: Table;
	readonly expiries: Table;
	readonly meta: Table;
}

const binary = { encoding: "binary", keyEncoding: "binary" } as const;

/**
 * With `eventTurnBatching` lmdb makes a promise for each turn that nobody holds, and on a full disk rejects it, which would
 * end the process. We gather appends ourselves.
 */
const always: RootDatabaseOptions = { ...binary, noSubdir: false, eventTurnBatching: false, maxDbs: 8 };

/**
 * A commit writes its pages, flushes them, and then writes the root that makes them be seen.
 *
 * - `disk`: the root is flushed too before readers see it and before the transaction resolves, so none of them meets what a
 *   power loss takes back. lmdb's default, `overlappingSync`, would let them see it first, and gains nothing where appends are
 *   gathered while a flush is under way.
 * - `commit`: the root is flushed with the next commit. As the pages it stands on have been, a power loss finds this root or
 *   the one before it, and either is whole.
 * - `none`: pages and root go to the disk in any order, so that a power loss may find a root without its pages.
 *
 * A killed process loses nothing in any of them: what was written is the operating system's.
 */
const flushing: Record<Durability, RootDatabaseOptions> = {
	disk: { overlappingSync: false },
	commit: { overlappingSync: false, noMetaSync: true },
	none: { overlappingSync: false, noSync: true },
};

export function openEnvironment(folder: string, durability: Durability): Environment {
	refuseForeign(folder);
	if (durability === "disk") flushLeftovers(folder);
	return tables(folder, open(folder, { ...always, ...flushing[durability] }));
}

/**
 * A killed process may have left a commit that the disk has not seen. Opening makes it the newest for the processes that read
 * already, before any transaction of this one flushes it.
 */
function flushLeftovers(folder: string): void {
	if (!existsSync(dataFile(folder))) return;
	const descriptor = openSync(dataFile(folder), "r+");
	try {
		fsyncSync(descriptor);
	} finally {
		closeSync(descriptor);
	}
}

/**
 * Undefined when the file holds no store of ours.
 *
 * Opening writes the number of the newest transaction, as it read it, into the lock file. Where another process commits between
 * that read and that write, its commit is taken back: so MUST NOT be called while one may. (In LMDB as of lmdb 3.5,
 * `mdb_env_open2`.)
 */
export function openReadOnly(folder: string): Environment | undefined {
	refuseForeign(folder);
	const root = open<Buffer, Buffer>(folder, { ...always, readOnly: true });
	try {
		return tables(folder, root);
	} catch {
		void root.close();
		return undefined;
	}
}

function tables(folder: string, root: RootDatabase<Buffer, Buffer>): Environment {
	const table = (name: string): Table => {
		const found = root.openDB<Buffer, Buffer>({ name, ...binary }) as Table | undefined;
		if (found === undefined) throw new HoldfastError("store_unavailable", `${folder} has no table ${name}.`);
		return found;
	};
	return {
		folder,
		root,
		messages: table("messages"),
		channels: table("channels"),
		keys: table("keys"),
		expiries: table("expiries"),
		meta: table("meta"),
	};
}

const magicAt = 24;
const magic = 0xbeefc0de;

/** lmdb ends the process on a file that is none of its own. */
function refuseForeign(folder: string): void {
	const file = dataFile(folder);
	if (!existsSync(file) || statSync(file).size === 0) return;
	const head = Buffer.alloc(magicAt + 4);
	const descriptor = openSync(file, "r");
	try {
		readSync(descriptor, head);
	} finally {
		closeSync(descriptor);
	}
	if (endianness() === "LE" ? head.readUInt32LE(magicAt) === magic : head.readUInt32BE(magicAt) === magic) return;
	throw new HoldfastError("store_unavailable", `${file} is no store of Holdfast. Use another folder, or restore a backup.`);
}

export function dataFile(folder: string): string {
	return join(folder, "data.mdb");
}

interface Pages {
	readonly pageSize: number;
	readonly treeBranchPageCount: number;
	readonly treeLeafPageCount: number;
	readonly overflowPages: number;
}

/** Bytes in use; inside a transaction with what it has written. Pages that were given back do not count. */
export function usedBytes({ messages, channels, keys, expiries }: Environment): number {
	let bytes = 0;
	for (const table of [messages, channels, keys, expiries]) {
		const { pageSize, treeBranchPageCount, treeLeafPageCount, overflowPages } = pagesOf(table);
		bytes += pageSize * (treeBranchPageCount + treeLeafPageCount + overflowPages);
	}
	return bytes;
}

function pagesOf(table: Table): Pages {
	// `getStats` would walk more than is needed; the handle has the counts at once.
	return (table as unknown as { readonly db: { stat(): Pages } }).db.stat();
}

/**
 * Bytes of the disk that are left alone. A commit that meets a full disk can corrupt lmdb's memory and end the process (it
 * spills pages while it saves its list of free ones, and cannot go back), so it is not begun. What appends leave over is for
 * trimming and removing, which write pages too before they give any back.
 */
export const keptFree = { always: 2 * 1024 ** 2, byAppends: 6 * 1024 ** 2 };

export function freeBytes(folder: string): number {
	const { bavail, bsize } = statfsSync(folder);
	return bavail * bsize;
}

/** Bytes of the file that were given back and are there for what comes. */
export function spareBytes(environment: Environment, used: number): number {
	const { env } = environment.root as unknown as { readonly env: { info(): { readonly lastPageNumber: number } } };
	return Math.max(0, (env.info().lastPageNumber + 1) * pagesOf(environment.meta).pageSize - used);
}

export function diskFull(folder: string, cause?: unknown): HoldfastError {
	return new HoldfastError("disk_full", `${folder} holds as much as it may, or its disk is full.`, { cause });
}

/** ENOSPC, EDQUOT, EFBIG and MDB_MAP_FULL. */
const noSpace = new Set<unknown>([28, 122, 27, -30792]);

/** The error of a failed transaction, for whoever appended. */
export async function storeError(folder: string, error: unknown): Promise<HoldfastError> {
	if (error instanceof HoldfastError) return error;
	const cause = await commitError(error);
	if (noSpace.has((cause as { readonly code?: unknown }).code)) return diskFull(folder, cause);
	return new HoldfastError("store_unavailable", `The store in ${folder} failed: ${(cause as Error).message}`, { cause });
}

/** Why a commit failed is told by a second promise, on the error of the first. */
async function commitError(error: unknown): Promise<unknown> {
	try {
		await (error as { readonly commitError?: Promise<unknown> }).commitError;
		return error;
	} catch (cause) {
		return cause;
	}
}
