/** One program of the cluster: started, started again when it dies, and ended. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { connect, createServer } from "node:net";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

/** Long enough to see that one is missing. */
const pause = 1000;
/** Milliseconds that a program has to come up, and to end. */
const patience = 10_000;

export class Member {
	#child;
	#stopped = false;

	/** `port`: of 127.0.0.1, where it takes connections once it is up. */
	constructor(name, port, command, args) {
		Object.assign(this, { name, port, command, args });
	}

	get pid() {
		return this.#child?.pid;
	}

	/** Resolves when it is up. Rejects when it ends before. */
	async start() {
		if (this.#stopped) throw new Error(`${this.name} is not to be started any more`);
		// In a group of its own: Ctrl-C in a terminal goes to a whole group, and would end all at once instead of one after another.
		const child = spawn(this.command, this.args.map(String), { detached: true, stdio: ["ignore", "pipe", "pipe"] });
		this.#child = child;
		for (const output of [child.stdout, child.stderr]) createInterface(output).on("line", (line) => say(this.name, line));
		await once(child, "spawn");
		const since = Date.now();
		while (!(await isTaken(this.port))) {
			if (isOver(child)) throw new Error(`${this.name} has ended before it was up`);
			if (Date.now() - since > patience) throw new Error(`${this.name} is not up after ${patience / 1000} s`);
			await sleep(20);
		}
		child.once("exit", (code, signal) => this.#died(child, signal ?? `with ${code}`));
		if (isOver(child)) throw new Error(`${this.name} has ended`);
		say("cluster", `${this.name} is process ${child.pid} at 127.0.0.1:${this.port}`);
	}

	async stop() {
		this.#stopped = true;
		const child = this.#child;
		if (child === undefined || isOver(child)) return;
		const end = once(child, "exit");
		child.kill("SIGTERM");
		await Promise.race([end, sleep(patience, undefined, { ref: false })]);
		sweep(child);
		await end;
	}

	async #died(child, how) {
		if (this.#stopped) return;
		say("cluster", `${this.name} (process ${child.pid}) has ended: ${how}; it is started again`);
		sweep(child);
		for (;;) {
			await sleep(pause);
			if (this.#stopped) return;
			try {
				return await this.start();
			} catch (error) {
				if (!this.#stopped) say("cluster", error.message);
			}
		}
	}
}

const isOver = (child) => child.exitCode !== null || child.signalCode !== null;

/** Ends the rest of its group: the workers of an nginx that was killed would keep its port. */
function sweep(child) {
	try {
		process.kill(-child.pid, "SIGKILL");
	} catch {
		// There is none.
	}
}

export function say(name, line) {
	console.log(`${name.padEnd(7)} | ${line}`);
}

/** The paths of these programs. */
export function find(...names) {
	// Debian keeps servers where only root looks.
	const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"];
	const isProgram = (path) => {
		try {
			accessSync(path, constants.X_OK);
			return true;
		} catch {
			return false;
		}
	};
	const paths = names.map((name) => folders.map((folder) => join(folder, name)).find(isProgram));
	const missing = names.filter((_, i) => paths[i] === undefined);
	if (missing.length > 0) {
		throw new Error(
			`${missing.join(" and ")} must be installed: apt-get install redis-server nginx, or brew install redis nginx.`,
		);
	}
	return paths;
}

/** Ports that are free now. */
export async function freePorts(count) {
	const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
	await Promise.all(servers.map((server) => once(server, "listening")));
	const ports = servers.map((server) => server.address().port);
	await Promise.all(servers.map((server) => once(server.close(), "close")));
	return ports;
}

/** Whether somebody takes connections there. */
export function isTaken(port) {
	return new Promise((resolve) => {
		const socket = connect(port, "127.0.0.1", () => resolve(true));
		socket.once("error", () => resolve(false)).once("connect", () => socket.destroy());
	});
}
