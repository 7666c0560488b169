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
	let sum = 0;
	for (const thread of readdirSync(`/proc/${pid}/task`)) {
		sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
	}
	return sum;
}

/** Nanoseconds in which these cores did anything at all, to the hundredth of a second. */
export function busyTime(cores: readonly string[]): number {
	const lines = readFileSync("/proc/stat", "utf8").split("\n");
	return cores.reduce((sum, core) => {
		const [, user = 0, nice = 0, system = 0] =
			lines
				.find((line) => line.startsWith(`cpu${core} `))
				?.split(/ +/)
				.map(Number) ?? [];
		return sum + (user + nice + system) * 1e7;
	}, 0);
}

/** Resident bytes of the process. */
export function residentBytes(pid: number): number {
	const [, kilobytes] = /^Rss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
	return Number(kilobytes) * 1024;
}
