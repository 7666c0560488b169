/** Cores: the server and the generator each have one, so that neither is measured with the other's work. */
import { spawnSync } from "node:child_process";
import { cpus } from "node:os";

export const cores = { server: "0", generator: "1" } as const;

/** Whether that is possible here: there are two cores, and taskset. */
export const pinned: boolean = cpus().length > 1 && spawnSync("taskset", ["-c", "0", "true"]).status === 0;

/** The command that runs another on these cores. taskset becomes what it starts, so the process id is the program's own. */
export function onCores(list: string, command: readonly string[]): readonly string[] {
	return pinned ? ["taskset", "-c", list, ...command] : command;
}
