/** What happens to a master and its replica under Sentinels, neither of which writes to disk: what was acknowledged may be lost, and is told then. */
import { Redis } from "ioredis";
import type { RunningRedis, startSentinels } from "../support/redis.ts";
import { sleep } from "./reader.ts";
import type { Fault } from "./stage.ts";

type Sentinels = Awaited<ReturnType<typeof startSentinels>>;

export function sentinelFaults(sentinels: Sentinels): readonly Fault[] {
	return [masterReplaced, masterHung, masterEmptied, hintsKilled].map((fault) => fault(sentinels));
}

const masterReplaced = (sentinels: Sentinels): Fault => ({
	name: "the master is killed, and replaced by its replica",
	loses: true,
	async run() {
		const { master, replica } = await settled(sentinels);
		await master.kill();
		await until(() => isMaster(replica));
		await master.start();
		await settled(sentinels);
	},
});

const masterHung = (sentinels: Sentinels): Fault => ({
	name: "the master hangs, is replaced by its replica, and goes on as if nothing had been",
	loses: true,
	async run() {
		const { master, replica } = await settled(sentinels);
		master.pause();
		await until(() => isMaster(replica));
		await sleep(1000);
		master.resume();
		await sleep(1000);
		await settled(sentinels);
	},
});

const masterEmptied = (sentinels: Sentinels): Fault => ({
	name: "the master is started again, and has nothing",
	loses: true,
	async run() {
		const { master } = await settled(sentinels);
		await master.kill();
		await master.start();
		await settled(sentinels);
	},
});

const hintsKilled = (sentinels: Sentinels): Fault => ({
	name: "the master ends the connections of hints",
	async run() {
		const { master } = await settled(sentinels);
		await master.client.call("CLIENT", "KILL", "TYPE", "pubsub");
	},
});

/** Resolves when the Sentinels' master is one, and the other one follows it; they see to that as well, in ten seconds and more. */
async function settled({ url, master: first, replica: second }: Sentinels) {
	const sentinel = new Redis(Number(/:(\d+),/.exec(url)?.[1]), "127.0.0.1");
	try {
		for (;;) {
			const [, port] = (await sentinel.call("SENTINEL", "get-master-addr-by-name", "main")) as [string, string];
			const [master, replica] = first.port === Number(port) ? [first, second] : [second, first];
			if (await isMaster(master)) {
				if (await follows(replica, master)) return { master, replica };
				if (await isMaster(replica)) await replica.client.replicaof("127.0.0.1", master.port);
			}
			await sleep(100);
		}
	} finally {
		sentinel.disconnect();
	}
}

const isMaster = async ({ client }: RunningRedis) => /role:master/.test(await client.info("replication"));

async function follows({ client }: RunningRedis, { port }: RunningRedis): Promise<boolean> {
	const about = await client.info("replication");
	return about.includes(`master_port:${port}`) && about.includes("master_link_status:up");
}

async function until(is: () => Promise<boolean>): Promise<void> {
	while (!(await is())) await sleep(50);
}
