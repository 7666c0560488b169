/** Which process this is, so that another can tell whether it is still there, even if its number has been given away again. */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
// biome-ignore lint/style/noRestrictedImports: the owner of a folder is told by its process number; nothing is asked of the process.
import { kill, pid } from "node:process";

export interface ProcessIdentity {
	/** Where process numbers mean the same: one boot of one machine or container. */
	readonly place: string;
	readonly host: string;
	readonly pid: number;
	/** When the process began, in ticks since boot; empty where the system does not tell. */
	readonly start: string;
}

export function thisProcess(): ProcessIdentity {
	return identityOf(pid);
}

/** Of a process on this machine. */
export function identityOf(number: number): ProcessIdentity {
	const host = hostname();
	const boot = attempt(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
	const namespace = attempt(() => readlinkSync("/proc/self/ns/pid"));
	return { place: [host, boot, namespace].join(" "), host, pid: number, start: statOf(number)?.start ?? "" };
}

/** Undefined when it runs elsewhere, where this cannot be seen. */
export function isRunning(other: ProcessIdentity, self: ProcessIdentity): boolean | undefined {
	if (other.place !== self.place) return undefined;
	if (other.start !== "") {
		const stat = statOf(other.pid);
		// Killed, but its parent has not asked yet how it ended.
		const ended = stat === undefined || stat.state === "Z" || stat.state === "X";
		return !ended && stat.start === other.start;
	}
	try {
		kill(other.pid, 0);
		return true;
	} catch (error) {
		return (error as { readonly code?: string }).code === "EPERM";
	}
}

function statOf(pid: number): { readonly state: string; readonly start: string } | undefined {
	// The second field is the program's name in brackets, which may itself hold brackets and blanks.
	const fields = attempt(() => readFileSync(`/proc/${pid}/stat`, "utf8"))
		?.replace(/^.*\) /s, "")
		.split(" ");
	const state = fields?.[0];
	const start = fields?.[19];
	return state === undefined || start === undefined ? undefined : { state, start };
}

function attempt<Value>(get: () => Value): Value | undefined {
	try {
		return get();
	} catch {
		return undefined;
	}
}
