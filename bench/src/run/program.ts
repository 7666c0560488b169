/** A program that is measured: started on its cores, awaited until it says that it listens, and ended by its process id. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { temporary } from "./folder.ts";
import { onCores } from "./pin.ts";

export interface ProgramOptions {
	readonly command: readonly string[];
	readonly cores: string;
	/** What it prints when it is ready, on either output; without it, it is ready when something listens on `port`. */
	readonly ready?: RegExp;
	readonly port?: number;
	readonly env?: Readonly<Record<string, string>>;
	readonly cwd?: string;
	/** It is asked to end, and has time to write what it has to. */
	readonly gently?: boolean;
}

export interface Program {
	readonly pid: number;
	/** What `ready` matched. */
	readonly said: readonly string[];
	end(): Promise<void>;
}

const startWithin = 15_000;
const endWithin = 40_000;

/** @throws Error with what it printed when it does not start. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
	const [program, ...rest] = onCores(options.cores, options.command);
	const child = spawn(program as string, rest, {
		stdio: ["ignore", "pipe", "pipe"],
		env: { ...process.env, ...options.env },
		...(options.cwd !== undefined && { cwd: options.cwd }),
	});
	const kill = () => child.kill("SIGKILL");
	process.once("exit", kill);
	const exited = once(child, "exit");
	const end = async () => {
		process.off("exit", kill);
		if (child.exitCode !== null || child.signalCode !== null) return;
		child.kill(options.gently ? "SIGTERM" : "SIGKILL");
		const timer = setTimeout(kill, endWithin);
		await exited;
		clearTimeout(timer);
	};
	try {
		return { pid: child.pid as number, said: await ready(child, options), end };
	} catch (error) {
		await end();
		throw error;
	}
}

function ready(child: ChildProcess, { command, ready: pattern, port }: ProgramOptions): Promise<readonly string[]> {
	return new Promise((resolve, reject) => {
		let printed = "";
		const fail = (why: string) => reject(new Error(`${command.join(" ")} ${why}: ${printed.slice(-2000)}`));
		const timer = setTimeout(() => fail("was not ready in time"), startWithin);
		const done = (said: readonly string[]) => {
			clearTimeout(timer);
			resolve(said);
		};
		// Read to the end, or a program that prints much would wait for us.
		for (const output of [child.stdout, child.stderr]) {
			output?.on("data", (bytes) => {
				printed = (printed + String(bytes)).slice(-10_000);
				const said = pattern?.exec(printed);
				if (said) done(said);
			});
		}
		child.once("error", (error) => fail(error.message));
		child.once("exit", (code, signal) => fail(`ended (${signal ?? code})`));
		if (port !== undefined && pattern === undefined) void listening(port, () => child.exitCode !== null).then(() => done([]));
	});
}

async function listening(port: number, over: () => boolean): Promise<void> {
	while (!over()) {
		const socket = connect({ host: "127.0.0.1", port });
		const connected = await new Promise<boolean>((resolve) => {
			socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
		});
		socket.destroy();
		if (connected) return;
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

export interface NodeOptions {
	readonly cores: string;
	readonly profile?: boolean | undefined;
	readonly collecting?: boolean | undefined;
}

/** Runs a file with Node that prints `listening` and its port, as programs of this folder and `holdfast serve` do. */
export function startNode(path: string, args: readonly string[], { cores, profile, collecting }: NodeOptions): Promise<Program> {
	const flags = [
		...(profile ? ["--cpu-prof", `--cpu-prof-dir=${temporary}`] : []),
		...(collecting ? ["--expose-gc", "--import", fileURLToPath(new URL("collect.js", import.meta.url))] : []),
	];
	const command = [process.execPath, ...flags, path, ...args];
	return startProgram({ command, cores, ready: /listening on \S*?(\d+)\n/, gently: profile ?? false });
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
