/** A Redis of the bench's own, on a free port, that keeps nothing on disk. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { cores, pinned } from "./child.ts";

export interface RunningRedis {
	readonly port: number;
	readonly pid: number;
	end(): Promise<void>;
}

/** @throws Error when there is no redis-server on this machine. */
export async function startRedis(): Promise<RunningRedis> {
	const port = await freePort();
	const command = ["redis-server", "--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
	// Beside the generator: what it takes from the servers' core would be measured with them.
	const [program, ...rest] = pinned ? ["taskset", "-c", String(cores.generator), ...command] : command;
	const child = spawn(program as string, rest, { stdio: ["ignore", "pipe", "ignore"] });
	const kill = () => child.kill("SIGKILL");
	process.once("exit", kill);
	await ready(child);
	return {
		port,
		pid: child.pid as number,
		async end() {
			process.off("exit", kill);
			const exited = once(child, "exit");
			kill();
			await exited;
		},
	};
}

function ready(child: ChildProcess): Promise<void> {
	return new Promise((resolve, reject) => {
		const failed = () => reject(new Error("redis-server did not start; install Redis 7 or later"));
		child.once("error", failed).once("exit", failed);
		child.stdout?.on("data", (text) => {
			if (String(text).includes("eady to accept")) resolve();
		});
	});
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as { port: number };
	server.close();
	await once(server, "close");
	return port;
}
