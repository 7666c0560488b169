/** What a run ran on: without it its figures say nothing. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, release, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { pinned } from "../run/pin.ts";

export interface Machine {
	readonly date: string;
	readonly cpu: string;
	readonly cores: number;
	readonly memory: string;
	readonly kernel: string;
	readonly node: string;
	/** Whether server and generator each had a core of their own. */
	readonly pinned: boolean;
	readonly versions: Readonly<Record<string, string>>;
}

const require = createRequire(import.meta.url);

function versionIn(path: string): string {
	return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}

function redisVersion(): { readonly redis?: string } {
	const [, redis] = /v=([\d.]+)/.exec(spawnSync("redis-server", ["--version"], { encoding: "utf8" }).stdout ?? "") ?? [];
	return redis === undefined ? {} : { redis };
}

export function describeMachine(): Machine {
	const processors = cpus();
	return {
		date: new Date().toISOString(),
		cpu: processors[0]?.model ?? "unknown",
		cores: processors.length,
		memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
		kernel: release(),
		node: process.version,
		pinned,
		versions: {
			holdfast: versionIn(require.resolve("@holdfast/server/package.json")),
			ws: versionIn(require.resolve("ws/package.json")),
			"socket.io": versionIn(require.resolve("socket.io/package.json")),
			// Its exports name no package.json.
			lmdb: versionIn(join(dirname(require.resolve("lmdb")), "..", "package.json")),
			"redis-streams-adapter": versionIn(
				join(dirname(require.resolve("@socket.io/redis-streams-adapter")), "..", "package.json"),
			),
			...redisVersion(),
		},
	};
}

export function machineText(machine: Machine): string {
	const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
	return [
		`${machine.date}  ${machine.cpu}, ${machine.cores} cores, ${machine.memory}, Linux ${machine.kernel}, Node ${machine.node}`,
		`${versions.join(", ")}${machine.pinned ? "" : "; NOT pinned to cores: taskset or a second core is missing"}`,
	].join("\n");
}
