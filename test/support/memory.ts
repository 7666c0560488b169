import { readFileSync } from "node:fs";

/** Resident memory of a process, in bytes. */
export function memoryOf(pid: number): number {
	const [, kB = "0"] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
	return Number(kB) * 1024;
}
