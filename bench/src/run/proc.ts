/** What the kernel knows about a process, by its id. */
import { readdirSync, readFileSync } from "node:fs";

/** Nanoseconds of CPU that the process's living threads have taken, in user and kernel mode. */
export function cpuTime(pid: number): number {
	let total = 0;
	for (const thread of readdirSync(`/proc/${pid}/task`)) {
		const [onCpu] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ");
		total += Number(onCpu);
	}
	return total;
}

/** Resident bytes of the process. */
export function residentBytes(pid: number): number {
	const [, kilobytes] = /^Rss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
	return Number(kilobytes) * 1024;
}
