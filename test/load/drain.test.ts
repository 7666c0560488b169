/** SIGTERM while a thousand readers over all transports, and the client, follow 100 messages a second. */
import { expect, test } from "vitest";
import { startNodes } from "../faults/nodes.ts";
import { sleep } from "../faults/reader.ts";
import { Stage, seeded } from "../faults/stage.ts";
import { startRedis } from "../support/redis.ts";

/** In which a reader must be served again, in milliseconds. */
const patience = 5000;

test("a node that is sent SIGTERM ends with 0 in its 30 s, nothing is lost, and each reader goes on at the other within 5 s", {
	timeout: 180_000,
}, async () => {
	const redis = await startRedis("--appendonly", "yes", "--appendfsync", "everysec");
	const nodes = await startNodes([redis.url, redis.url], "30s");
	const stage = new Stage(nodes, seeded(1), { readers: 1000, perSecond: 100 });
	const { crowd } = stage;
	const late = new Set<string>();
	let slowest = 0;
	/** What is published at any moment has reached every reader within the patience, while a node comes or goes too. */
	const watch = async (going: () => boolean) => {
		while (going()) {
			const began = performance.now();
			for (const { name } of await crowd.lagging(patience)) late.add(name);
			slowest = Math.max(slowest, performance.now() - began);
		}
	};
	try {
		await stage.begin();
		const [leaving] = nodes.all;
		if (leaving === undefined) throw new Error("There is no node.");
		let going = true;
		const watching = watch(() => going);
		await sleep(5000);
		const before = slowest;
		slowest = 0;
		const asked = performance.now();
		const code = await leaving.kill("SIGTERM");
		const took = performance.now() - asked;
		await sleep(patience);
		going = false;
		await watching;
		const during = slowest;
		await leaving.restart();
		await stage.end();
		console.log(
			`exit ${code} after ${Math.round(took)} ms; a message reached all 1,000 readers within ${Math.round(during)} ms (before: ${Math.round(before)} ms); ${crowd.told} told`,
		);
		expect([code, stage.wrong, [...late]]).toEqual([0, [], []]);
		expect(took).toBeLessThan(30_000);
	} finally {
		await crowd.close();
		await nodes.close();
		await redis.close();
	}
});
