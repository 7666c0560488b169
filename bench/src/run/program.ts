/** A program that is measured: started on its cores, ready when it listens or says so, ended with all of its processes. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { temporary } from "./folder.ts";
import { onCores } from "./pin.ts";
import { familyOf } from "./proc.ts";

export interface ProgramOptions {
	readonly command: readonly string[];
	/** As `taskset -c` takes them. */
	readonly cores: string;
	/** Where it will listen on 127.0.0.1. */
	readonly port?: number;
	/** What it prints when it is ready, where it chooses its port itself. */
	readonly ready?: RegExp;
	/** Processes of its own that must be there too before it is ready. */
	readonly children?: number;
	readonly cwd?: string;
	readonly env?: Readonly<Record<string, string>>;
	/** How long it may take to end by itself: what is profiled has a file to write. */
	readonly endWithin?: number;
}

export interface Program {
	readonly pid: number;
	/** Of itself and of all that it started. */
	readonly pids: readonly number[];
	/** What `ready` matched. */
	readonly said: readonly string[];
	end(): Promise<void>;
}

const patience = 15_000;

/** @throws Error with what the program printed, when it ends or is not ready in time. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
	const { command, cores, cwd, env, endWithin = 2000 } = options;
	const [program, ...rest] = onCores(cores, command);
	const child = spawn(program as string, rest, {
		stdio: ["ignore", "pipe", "pipe"],
		env: { ...process.env, ...env },
		...(cwd !== undefined && { cwd }),
	});
	const printed = { text: "" };
	// Read to the end, or a program that prints much would wait for us.
	for (const output of [child.stdout, child.stderr]) {
		output.setEncoding("utf8").on("data", (text: string) => {
			printed.text = (printed.text + text).slice(-10_000);
		});
	}
	const exited = new Promise<void>((resolve) => {
		child.once("exit", () => resolve()).once("error", () => resolve());
	});
	const kill = () => killAll(child);
	process.once("exit", kill);
	const end = async () => {
		process.off("exit", kill);
		child.kill("SIGTERM");
		const timer = setTimeout(kill, endWithin);
		await exited;
		clearTimeout(timer);
	};
	try {
		const ended = exited.then(() => Promise.reject(new Error("it ended")));
		const said = await Promise.race([becomeReady(child, printed, options), ended]);
		const pid = child.pid as number;
		return { pid, pids: familyOf(pid), said, end };
	} catch (cause) {
		await end();
		throw new Error(`${command.join(" ")} did not start: ${printed.text.slice(-2000)}`, { cause });
	}
}

async function becomeReady(child: ChildProcess, printed: { readonly text: string }, options: ProgramOptions): Promise<string[]> {
	const { port, ready, children = 0 } = options;
	const deadline = performance.now() + patience;
	while (performance.now() < deadline && child.exitCode === null) {
		await wait(20);
		const said = ready === undefined ? [] : ready.exec(printed.text);
		if (said === null || (port !== undefined && !(await listens(port)))) continue;
		if (familyOf(child.pid as number).length > children) return [...said];
	}
	throw new Error("it was not ready in time");
}

function listens(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, "127.0.0.1");
		socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
		socket.once("connect", () => socket.destroy());
	});
}

/** Those below first: a master that is killed leaves them. */
function killAll(child: ChildProcess): void {
	if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
	for (const pid of familyOf(child.pid).slice(1)) {
		try {
			process.kill(pid, "SIGKILL");
		} catch {
			// It went by itself meanwhile.
		}
	}
	child.kill("SIGKILL");
}

export interface NodeOptions {
	readonly cores: string;
	readonly profile?: boolean | undefined;
	readonly collecting?: boolean | undefined;
	/** Processes that it starts. */
	readonly children?: number;
}

/** Runs a file with Node that prints `listening on` and its port, as programs of this folder and `holdfast serve` do. */
export function startNode(path: string, args: readonly string[], options: NodeOptions): Promise<Program> {
	const { cores, profile, collecting, children = 0 } = options;
	const flags = [
		...(profile ? ["--cpu-prof", `--cpu-prof-dir=${temporary}`] : []),
		...(collecting ? ["--expose-gc", "--import", fileURLToPath(new URL("collect.js", import.meta.url))] : []),
	];
	const command = [process.execPath, ...flags, path, ...args];
	return startProgram({ command, cores, ready: /listening on \S*?(\d+)\n/, children, ...(profile && { endWithin: 40_000 }) });
}

/** One that nothing listens on, for programs that cannot choose by themselves. */
export async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as { port: number };
	server.close();
	await once(server, "close");
	return port;
}
