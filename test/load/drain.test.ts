/** SIGTERM while a thousand readers over all transports, and the client, follow 200 messages a second. */
import { expect, test } from "vitest";
import { startNodes } from "../faults/nodes.ts";
import { sleep } from "../faults/reader.ts";
import { Stage, seeded } from "../faults/stage.ts";
import { startRedis } from "../support/redis.ts";

test("a node that is sent SIGTERM ends with 0 in its 30 s, nothing is lost, and each reader goes on at the other within 5 s", {
	timeout: 180_000,
}, async () => {
	const redis = await startRedis("--appendonly", "yes", "--appendfsync", "everysec");
	const nodes = await startNodes([redis.url, redis.url], "30s");
	const stage = new Stage(nodes, seeded(1), 1000);
	try {
		await stage.begin();
		const [leaving] = nodes.all;
		if (leaving === undefined) throw new Error("There is no node.");
		await sleep(3000);
		for (const reader of stage.crowd.readers) reader.silence = 0;
		const asked = performance.now();
		const code = await leaving.kill("SIGTERM");
		const took = performance.now() - asked;
		await sleep(5000);
		for (const reader of stage.crowd.readers) reader.hear();
		const silences = stage.crowd.readers.map(({ silence }) => silence).sort((a, b) => b - a);
		await leaving.restart();
		await stage.end();
		console.log(
			`exit ${code} after ${Math.round(took)} ms; longest silences ${silences.slice(0, 5).map(Math.round)} ms; ${stage.summary}`,
		);
		expect([code, stage.wrong]).toEqual([0, []]);
		expect(took).toBeLessThan(30_000);
		expect(silences[0]).toBeLessThan(5000);
	} finally {
		await stage.crowd.close();
		await nodes.close();
		await redis.close();
	}
});
