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
		// Started earlier it might be taken for the master again, by Sentinels that have not heard yet.
		await sleep(1000);
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

/** What it may have is what it was sent as a replica, once. */
const masterEmptied = (sentinels: Sentinels): Fault => ({
	name: "the master is started again, and has nothing, or what it had long ago",
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

/** Resolves when all Sentinels mean the same master and the other one follows it; they see to that as well, in ten seconds and more. */
async function settled({ url, master: first, replica: second }: Sentinels) {
	const sentinels = Array.from(url.matchAll(/:(\d+)/g), ([, port]) => new Redis(Number(port), "127.0.0.1"));
	try {
		for (;;) {
			const told = sentinels.map((one) => one.call("SENTINEL", "get-master-addr-by-name", "main") as Promise<[string, string]>);
			const [port, ...others] = new Set((await Promise.all(told)).map(([, each]) => Number(each)));
			const [master, replica] = first.port === port ? [first, second] : [second, first];
			if (others.length === 0 && (await isMaster(master))) {
				if (await follows(replica, master)) return { master, replica };
				if (await isMaster(replica)) await replica.client.replicaof("127.0.0.1", master.port);
			}
			await sleep(100);
		}
	} finally {
		for (const sentinel of sentinels) sentinel.disconnect();
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
