/** What happens to a master and its replica under Sentinels, neither of which writes to disk: what was acknowledged may be lost, and is told then. */
import type { RunningRedis, startSentinels } from "../support/redis.ts";
import { sleep } from "./reader.ts";
import type { Fault } from "./stage.ts";

type Sentinels = Awaited<ReturnType<typeof startSentinels>>;

export function sentinelFaults(sentinels: Sentinels): readonly Fault[] {
	return [masterReplaced(sentinels), masterEmptied(sentinels), hintsKilled(sentinels), masterHung(sentinels)];
}

const masterReplaced = (sentinels: Sentinels): Fault => ({
	name: "the master is killed, and replaced by its replica",
	loses: true,
	async run() {
		const { master, replica } = await roles(sentinels);
		await isReplica(replica);
		await master.kill();
		await until(() => isMaster(replica));
		await master.start();
		// Sentinels would do so in ten seconds.
		await follow(master, replica);
	},
});

const masterHung = (sentinels: Sentinels): Fault => ({
	name: "the master hangs, is replaced by its replica, and goes on as if nothing had been",
	loses: true,
	async run() {
		const { master, replica } = await roles(sentinels);
		await isReplica(replica);
		master.pause();
		await until(() => isMaster(replica));
		await sleep(1000);
		master.resume();
		await isReplica(master);
	},
});

const masterEmptied = (sentinels: Sentinels): Fault => ({
	name: "the master is started again, and has nothing",
	loses: true,
	async run(stage) {
		const { master, replica } = await roles(sentinels);
		await master.kill();
		await stage.wait(0, 300);
		await master.start();
		await master.client.replicaof("NO", "ONE");
		await follow(replica, master);
	},
});

const hintsKilled = (sentinels: Sentinels): Fault => ({
	name: "the master ends the connections of hints",
	async run() {
		const { master } = await roles(sentinels);
		await master.client.call("CLIENT", "KILL", "TYPE", "pubsub");
	},
});

async function roles({ master, replica }: Sentinels) {
	return (await isMaster(master)) ? { master, replica } : { master: replica, replica: master };
}

const isMaster = async ({ client }: RunningRedis) => /role:master/.test(await client.info("replication"));

const isReplica = ({ client }: RunningRedis) => until(async () => /master_link_status:up/.test(await client.info("replication")));

async function follow(replica: RunningRedis, { port }: RunningRedis): Promise<void> {
	await replica.client.replicaof("127.0.0.1", port);
	await isReplica(replica);
}

async function until(is: () => Promise<boolean>): Promise<void> {
	while (!(await is())) await sleep(50);
}
