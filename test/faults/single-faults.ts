/** What happens to nodes, to one Redis that keeps what it acknowledges, and to the network between them. Nothing may be lost. */
import { performance } from "node:perf_hooks";
import type { RunningRedis } from "../support/redis.ts";
import { sleep } from "./reader.ts";
import type { Fault, Stage } from "./stage.ts";
import type { Wire } from "./wire.ts";

export const nodeKilled: Fault = {
	name: "a node is killed",
	async run(stage) {
		const node = stage.pick(stage.nodes.all);
		await node.kill("SIGKILL");
		await stage.wait(0, 500);
		await node.restart();
	},
};

export const rollingRestart: Fault = {
	name: "all nodes are restarted in turn",
	async run(stage) {
		for (const node of stage.nodes.all) {
			const code = await node.kill("SIGTERM");
			if (code !== 0) stage.say(`a node that was asked to end ended with ${code}`);
			await node.restart();
		}
	},
};

export function singleFaults(redis: RunningRedis, wires: readonly Wire[]): readonly Fault[] {
	const hints = (name: string, spoil: (wire: Wire) => void, some = (_: Stage) => wires): Fault => ({
		name,
		async run(stage) {
			for (const wire of some(stage)) spoil(wire);
		},
	});
	const network = (name: string, cut: (wire: Wire, stage: Stage) => Promise<void>): Fault => ({
		name,
		async run(stage) {
			const wire = stage.pick(wires);
			await cut(wire, stage);
			wire.heal();
		},
	});
	return [
		nodeKilled,
		nodeKilled,
		rollingRestart,
		redisKilled(redis),
		redisKilled(redis),
		redisPaused(redis, 2500),
		redisPaused(redis, 500),
		hints("the connections of hints are cut", (wire) => wire.cutHints()),
		hints("no node gets hints any more", (wire) => wire.deafen()),
		hints(
			"a node gets no hints any more",
			(wire) => wire.deafen(),
			(stage) => [stage.pick(wires)],
		),
		network("a node is held off from Redis", async (wire, stage) => {
			wire.hold();
			await stage.wait(1000, 3000);
		}),
		network("a node is held off from Redis, and then cut", async (wire, stage) => {
			wire.hold();
			await stage.wait(500, 2000);
			wire.refuse();
		}),
		network("a node is refused by Redis", async (wire, stage) => {
			wire.refuse();
			await stage.wait(500, 2000);
		}),
	];
}

const redisKilled = (redis: RunningRedis): Fault => ({
	name: "Redis is killed",
	async run(stage) {
		await redis.kill();
		await stage.wait(0, 1000);
		await redis.start();
	},
});

export const redisPaused = (redis: RunningRedis, ms: number): Fault => ({
	name: `Redis is paused for ${ms} ms`,
	async run({ pauses }) {
		const from = performance.now();
		redis.pause();
		await sleep(ms);
		pauses.push({ from, to: performance.now() });
		redis.resume();
	},
});
