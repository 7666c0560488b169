/** What the kernel knows about a process, by its id. */
import { readdirSync, readFileSync } from "node:fs";

/** The process and all that it started, and these started; what has ended meanwhile has started nothing. */
export function familyOf(pid: number): number[] {
	try {
		const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
			readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
		);
		return [pid, ...children.flatMap(familyOf)];
	} catch {
		return [pid];
	}
}

/** Of all these processes. */
export function total(pids: readonly number[], of: (pid: number) => number): number {
	return pids.reduce((sum, pid) => sum + of(pid), 0);
}

/** Nanoseconds of CPU that the process's living threads have taken, in user and kernel mode. */
export function cpuTime(pid: number): number {
	return scheduled(pid, 0);
}

/** Nanoseconds that they waited for a core which others had. */
export function waitTime(pid: number): number {
	return scheduled(pid, 1);
}

function scheduled(pid: number, field: number): number {
	let sum = 0;
	for (const thread of readdirSync(`/proc/${pid}/task`)) {
		sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[field]);
	}
	return sum;
}

/** Resident bytes of the process. */
export function residentBytes(pid: number): number {
	const [, kilobytes] = /^Rss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
	return Number(kilobytes) * 1024;
}
