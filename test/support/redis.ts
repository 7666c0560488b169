/** A real redis-server on a free port, to be killed, stopped and started again in its place. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
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
		// A configuration file stands first.
		const [file, rest] = args[0]?.endsWith(".conf") ? [[args[0]], args.slice(1)] : [[], args];
		// A replica would have to wait five seconds for others that might come too.
		const settings = rest.includes("--sentinel") ? [] : ["--save", "", "--repl-diskless-sync-delay", "0"];
		const given = [...file, "--port", String(port), "--bind", "127.0.0.1", ...settings, "--dir", folder.path, ...rest];
		child = spawn("redis-server", given, { stdio: ["ignore", "pipe", "ignore"] });
		for await (const text of child.stdout ?? []) if (String(text).match(/eady to accept|Sentinel ID is/)) break;
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

/** Three masters that share the slots. */
export async function startCluster(): Promise<{
	readonly url: string;
	readonly masters: readonly RunningRedis[];
	close(): Promise<void>;
}> {
	const masters = await Promise.all(
		[1, 2, 3].map(() => startRedis("--cluster-enabled", "yes", "--cluster-require-full-coverage", "no")),
	);
	const [first] = masters;
	const slots = 16_384;
	for (const [i, { client }] of masters.entries()) {
		await client.call("CLUSTER", "ADDSLOTSRANGE", Math.ceil((i * slots) / 3), Math.ceil(((i + 1) * slots) / 3) - 1);
		await client.call("CLUSTER", "SET-CONFIG-EPOCH", i + 1);
	}
	for (const { port } of masters) await first?.client.call("CLUSTER", "MEET", "127.0.0.1", port);
	for (const { client } of masters) {
		for (let state = ""; !/cluster_state:ok[\s\S]*cluster_known_nodes:3[\s\S]*cluster_size:3/.test(state); ) {
			state = String(await client.call("CLUSTER", "INFO"));
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	}
	return {
		url: `redis+cluster://${masters.map(({ port }) => `127.0.0.1:${port}`).join(",")}`,
		masters,
		close: async () => void (await Promise.all(masters.map((one) => one.close()))),
	};
}

/** A master, a replica of it, and three Sentinels that replace one by the other. */
export async function startSentinels(): Promise<{
	readonly url: string;
	readonly master: RunningRedis;
	readonly replica: RunningRedis;
	close(): Promise<void>;
}> {
	const master = await startRedis();
	// Told, and not by its arguments: started again it is nobody's replica until the Sentinels say so.
	const replica = await startRedis();
	await replica.client.replicaof("127.0.0.1", master.port);
	for (let state = ""; !/master_link_status:up/.test(state); ) state = await replica.client.info("replication");
	const sentinels = await Promise.all([1, 2, 3].map(() => startSentinel(master.port)));
	for (const { client } of sentinels) {
		for (let known = ""; !/slaves=1,sentinels=3/.test(known); ) {
			known = await client.info("sentinel");
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
	}
	return {
		url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",")}/main`,
		master,
		replica,
		close: async () => void (await Promise.all([...sentinels, master, replica].map((one) => one.close()))),
	};
}

async function startSentinel(master: number): Promise<RunningRedis> {
	const file = temporaryFolder();
	const path = `${file.path}/sentinel.conf`;
	const lines = [`monitor main 127.0.0.1 ${master} 2`, "down-after-milliseconds main 1000", "failover-timeout main 5000"];
	writeFileSync(path, lines.map((line) => `sentinel ${line}\n`).join(""));
	const sentinel = await startRedis(path, "--sentinel");
	return {
		...sentinel,
		async close() {
			await sentinel.close();
			file.remove();
		},
	};
}
