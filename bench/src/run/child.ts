/** A process of the bench that it calls: one of this folder's files, on cores of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Answer, Calls } from "./calls.ts";
import { onCores } from "./pin.ts";

const living = new Set<Child<Calls>>();

export interface ChildOptions {
	/** Below `dist`, without the ending. */
	readonly file: string;
	readonly cores: string;
}

interface Waiting {
	resolve(value: unknown): void;
	reject(error: Error): void;
}

export class Child<C extends Calls> {
	readonly #process: ChildProcess;
	readonly #waiting = new Map<number, Waiting>();
	readonly #exited: Promise<void>;
	#calls = 0;

	constructor({ file, cores }: ChildOptions) {
		const path = fileURLToPath(new URL(`../${file}.js`, import.meta.url));
		const [program, ...rest] = onCores(cores, [process.execPath, path]);
		this.#process = spawn(program as string, rest, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
		living.add(this);
		this.#process.on("message", (answer: Answer) => this.#take(answer));
		this.#exited = new Promise((resolve) => {
			this.#process.on("exit", (code, signal) => {
				living.delete(this);
				for (const { reject } of this.#waiting.values())
					reject(new Error(`${file} ended (${signal ?? code}) before it answered`));
				resolve();
			});
		});
	}

	get pid(): number {
		return this.#process.pid as number;
	}

	ask<Name extends keyof C & string>(name: Name, ...argument: Parameters<C[Name]>): Promise<Awaited<ReturnType<C[Name]>>> {
		const id = ++this.#calls;
		const answered = new Promise<Awaited<ReturnType<C[Name]>>>((resolve, reject) => {
			this.#waiting.set(id, { resolve: resolve as Waiting["resolve"], reject });
			this.#process.send({ id, name, argument: argument[0] });
		});
		// Nobody may be waiting any more when the process is ended.
		answered.catch(() => {});
		return answered;
	}

	async end(): Promise<void> {
		if (this.#process.connected) this.#process.disconnect();
		const timer = setTimeout(() => this.kill(), 10_000);
		await this.#exited;
		clearTimeout(timer);
	}

	kill(): void {
		this.#process.kill("SIGKILL");
	}

	#take({ id, value, error }: Answer): void {
		const waiting = this.#waiting.get(id);
		this.#waiting.delete(id);
		if (error === undefined) waiting?.resolve(value);
		else waiting?.reject(new Error(error));
	}
}

process.on("exit", () => {
	for (const child of living) child.kill();
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));
