/** The processes behind `holdfast serve --workers`, as the system knows them. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface Team {
	readonly owner: number | undefined;
	readonly workers: readonly number[];
}

/** `pid`: that of the first process. */
export function teamOf(pid: number): Team {
	const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
	const named = (name: string) => children.filter((child) => titleOf(child) === name);
	return { owner: named("holdfast owner")[0], workers: named("holdfast worker") };
}

export function isThere(pid: number): boolean {
	return titleOf(pid) !== "";
}

/** How many sockets a process has open. */
export function socketsOf(pid: number): number {
	return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
		try {
			return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith("socket:");
		} catch {
			// Closed since.
			return false;
		}
	}).length;
}

/** Empty when it has ended. */
function titleOf(pid: number): string {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
	} catch {
		return "";
	}
}
