/** The built command as a process of its own, to be asked over the network, killed and started again in its place. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const holdfast = fileURLToPath(new URL("../../packages/cli/bin/holdfast.js", import.meta.url));

export interface RunningServer {
	/** `http://127.0.0.1:<port>`, or `https`, the same after a restart. */
	readonly url: string;
	readonly port: number;
	/** What it wrote to standard output, and `errors` to standard error, restarts included. */
	readonly lines: readonly string[];
	readonly errors: readonly string[];
	/** The process of now, so that a test may trace it. */
	readonly pid: number;
	/** Ends the process, by default without a chance to tidy up; resolves with the exit code, or null after a signal. */
	kill(signal?: NodeJS.Signals): Promise<number | null>;
	/** Starts it again, with the same arguments and port, after it has ended. */
	restart(): Promise<void>;
}

export interface StartOptions {
	readonly args?: readonly string[];
	/** Besides what this process has. */
	readonly env?: Readonly<Record<string, string>>;
}

/** Starts `holdfast serve` with `args` on a free port; resolves when it listens. */
export async function startServer({ args = ["--memory"], env = {} }: StartOptions = {}): Promise<RunningServer> {
	const lines: string[] = [];
	const errors: string[] = [];
	let port = 0;
	let child: ChildProcess | undefined;
	const start = async () => {
		child = spawn(process.execPath, [holdfast, "serve", "--host", "127.0.0.1", "--port", `${port}`, ...args], {
			env: { ...process.env, ...env },
		});
		port = await listening(child, lines, errors);
	};
	await start();
	return {
		url: `${args.includes("--tls-cert") ? "https" : "http"}://127.0.0.1:${port}`,
		port,
		lines,
		errors,
		get pid() {
			return child?.pid ?? 0;
		},
		async kill(signal = "SIGKILL") {
			if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
			const exit = once(child, "exit");
			child.kill(signal);
			const [code] = await exit;
			return code;
		},
		restart: start,
	};
}

/** A folder of its own for one test's data; `remove` takes it away. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
	const path = mkdtempSync(join(tmpdir(), "holdfast-"));
	return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function listening(child: ChildProcess, lines: string[], errors: string[]): Promise<number> {
	return new Promise((resolve, reject) => {
		const { stdout, stderr } = child;
		if (stdout === null || stderr === null) throw new TypeError("The process has no pipes");
		createInterface(stdout).on("line", (line) => {
			lines.push(line);
			const port = /\bhttps?:\/\/[^\s/]+:(\d+)/.exec(line)?.[1];
			if (port !== undefined) resolve(Number(port));
		});
		createInterface(stderr).on("line", (line) => errors.push(line));
		child.on("error", reject);
		child.on("exit", (code) => reject(new Error(`holdfast serve ended with ${code} before it listened:\n${errors.join("\n")}`)));
	});
}
