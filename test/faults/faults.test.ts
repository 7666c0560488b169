/**
 * Faults of every kind, while 300 readers over all transports follow 200 messages a second on three nodes. `FAULTS` is how many
 * there are, and `SEED` which: the same seed does the same to the same.
 */
import { afterEach, expect, test } from "vitest";
import { startRedis, startSentinels } from "../support/redis.ts";
import { startNodes } from "./nodes.ts";
import { sentinelFaults } from "./sentinel-faults.ts";
import { nodeKilled, redisPaused, singleFaults } from "./single-faults.ts";
import { dealt, type Fault, Stage, seeded } from "./stage.ts";
import { startWire } from "./wire.ts";

const count = Number(process.env["FAULTS"] ?? 30);
const seed = Number(process.env["SEED"] ?? 1);
/** They take longer than others. */
const failovers = Math.ceil(count / 6);
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
	for (const end of ends.splice(0).reverse()) await end();
});

test("one Redis that keeps what it acknowledges: nothing is lost, and no gap is told", {
	timeout: 60_000 + count * 20_000,
}, async () => {
	const random = seeded(seed);
	const redis = await startRedis("--appendonly", "yes", "--appendfsync", "always");
	ends.push(() => redis.close());
	const wires = await Promise.all([1, 2, 3].map(() => startWire(redis.port)));
	for (const wire of wires) ends.push(() => wire.close());
	const nodes = await startNodes(wires.map(({ url }) => url));
	await runAll(new Stage(nodes, random), [
		redisPaused(redis, 20_000),
		...dealt(singleFaults(redis, wires), count - failovers - 1, random),
	]);
});

test("under Sentinels: what is lost is told, and nothing else is lost", { timeout: 60_000 + count * 20_000 }, async () => {
	const random = seeded(seed);
	const sentinels = await startSentinels();
	ends.push(() => sentinels.close());
	const nodes = await startNodes([1, 2, 3].map(() => sentinels.url));
	await runAll(new Stage(nodes, random), dealt([nodeKilled, ...sentinelFaults(sentinels)], failovers, random));
});

async function runAll(stage: Stage, faults: readonly Fault[]): Promise<void> {
	const { nodes } = stage;
	ends.push(() => nodes.close());
	ends.push(() => stage.crowd.close());
	await stage.begin();
	for (const fault of faults) await stage.run(fault);
	await stage.end();
	console.log(`seed ${seed}: ${stage.summary}`);
	if (stage.wrong.length > 0)
		console.log(nodes.all.map(({ errors }, i) => `node ${i}: ${errors.slice(-30).join("\n")}`).join("\n"));
	expect(stage.wrong, `seed ${seed}`).toEqual([]);
}
