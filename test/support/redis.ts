/** A real redis-server on a free port, to be killed, stopped and started again in its place. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { Redis } from "ioredis";
import { temporaryFolder } from "./server.ts";

export interface RunningRedis {
	readonly url: string;
	readonly port: number;
	/** Where it keeps what it keeps. */
	readonly folder: string;
	/** For what a test asks it. */
	readonly client: Redis;
	/** Stops it where it stands, as a machine that hangs; `resume` lets it go on. */
	pause(): void;
	resume(): void;
	/** Ends it without a chance to write anything. */
	kill(): Promise<void>;
	/** Starts it again on the same folder and port. */
	start(): Promise<void>;
	close(): Promise<void>;
}

export async function startRedis(...args: readonly string[]): Promise<RunningRedis> {
	const folder = temporaryFolder();
	const port = await freePort();
	let child: ChildProcess | undefined;
	const start = async () => {
		const given = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder.path, ...args];
		child = spawn("redis-server", given, { stdio: ["ignore", "pipe", "ignore"] });
		for await (const text of child.stdout ?? []) if (String(text).includes("eady to accept")) break;
		child.stdout?.resume();
	};
	const kill = async () => {
		if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
		const exit = once(child, "exit");
		child.kill("SIGKILL");
		await exit;
	};
	await start();
	const client = new Redis(port, "127.0.0.1", { maxRetriesPerRequest: null }).on("error", () => undefined);
	return {
		url: `redis://127.0.0.1:${port}`,
		port,
		folder: folder.path,
		client,
		pause: () => void child?.kill("SIGSTOP"),
		resume: () => void child?.kill("SIGCONT"),
		kill,
		start,
		async close() {
			client.disconnect();
			await kill();
			folder.remove();
		},
	};
}

/** Free a moment ago, which is as much as can be known. */
export async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	server.close();
	await once(server, "close");
	return typeof address === "object" && address ? address.port : 0;
}
