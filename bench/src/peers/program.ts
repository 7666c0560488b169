/** A peer's own program: started on a core, ready when its port takes connections, ended with all of its processes. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { pinned } from "../run/child.ts";

/** Debian's, whose packages the `python3` first in the PATH may not see. */
export const python = "/usr/bin/python3";

const patience = 15_000;

/** Where a file of `programs/` is, from `src` and from `dist` alike: what is not TypeScript is not built. */
export function programPath(name: string): string {
	return fileURLToPath(new URL(`../../src/peers/programs/${name}`, import.meta.url));
}

/** The version of a Debian package, or undefined where it is not installed. */
export function debianVersion(name: string): string | undefined {
	const { status, stdout } = spawnSync("dpkg-query", ["-W", "-f", `\${db:Status-Status} \${Version}`, name], {
		encoding: "utf8",
	});
	const [state, version] = (stdout ?? "").split(" ");
	return status === 0 && state === "installed" ? version : undefined;
}

export async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as { port: number };
	server.close();
	await once(server, "close");
	return port;
}

/** How all programs of this folder are published to. */
export function publishRequest(channel: string, text: string, port: number): string {
	const type = `Content-Type: text/plain\r\nContent-Length: ${text.length}`;
	return `POST /publish?channel=${channel} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${type}\r\n\r\n${text}`;
}

export interface ProgramOptions {
	readonly command: readonly string[];
	/** As `taskset -c` takes them. */
	readonly cores: string;
	/** Where it will listen on 127.0.0.1. */
	readonly port: number;
	/** Processes of its own that must be there too before it is ready. */
	readonly children?: number;
	readonly cwd?: string;
	readonly env?: Readonly<Record<string, string>>;
}

export interface RunningProgram {
	readonly pids: readonly number[];
	end(): Promise<void>;
}

/** @throws Error with what the program wrote, when it ends or does not listen in time. */
export async function startProgram({ command, cores, port, children = 0, cwd, env }: ProgramOptions): Promise<RunningProgram> {
	// taskset becomes the program it starts, and what that starts stays on the core.
	const [program, ...rest] = pinned ? ["taskset", "-c", cores, ...command] : command;
	const child = spawn(program as string, rest, { stdio: ["ignore", "ignore", "pipe"], cwd, env: { ...process.env, ...env } });
	let written = "";
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		written = (written + text).slice(-4000);
	});
	const exited = new Promise<void>((resolve) => {
		child.once("exit", () => resolve()).once("error", () => resolve());
	});
	const kill = () => killAll(child);
	process.once("exit", kill);
	const end = async () => {
		process.off("exit", kill);
		child.kill("SIGTERM");
		const timer = setTimeout(kill, 5000);
		await exited;
		clearTimeout(timer);
	};
	try {
		await Promise.race([ready(child, port, children), exited.then(() => Promise.reject(new Error("it ended")))]);
	} catch (cause) {
		await end();
		throw new Error(`${command.join(" ")} did not start: ${written}`, { cause });
	}
	return { pids: [child.pid as number, ...childrenOf(child.pid as number)], end };
}

async function ready(child: ChildProcess, port: number, children: number): Promise<void> {
	const deadline = Date.now() + patience;
	while (Date.now() < deadline && child.exitCode === null) {
		if ((await listens(port)) && childrenOf(child.pid as number).length >= children) return;
		await delay(50);
	}
	throw new Error("it did not listen");
}

function listens(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, "127.0.0.1");
		socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
		socket.once("connect", () => socket.destroy());
	});
}

function childrenOf(pid: number): number[] {
	try {
		return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
			readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
		);
	} catch {
		return [];
	}
}

/** Workers first: a master that is killed leaves them. */
function killAll(child: ChildProcess): void {
	if (child.pid === undefined || child.exitCode !== null) return;
	for (const pid of childrenOf(child.pid)) {
		try {
			process.kill(pid, "SIGKILL");
		} catch {
			// It went by itself meanwhile.
		}
	}
	child.kill("SIGKILL");
}
