import { redisLog } from "@holdfast/server";
import { logKit } from "@holdfast/server/testing";
import { afterAll, beforeAll, test } from "vitest";
import { type RunningRedis, startRedis } from "../support/redis.ts";

let redis: RunningRedis;
let count = 0;

beforeAll(async () => {
	redis = await startRedis();
});

afterAll(() => redis.close());

logKit(
	test,
	async ({ maxStoreBytes, ...options }) => {
		await redis.client.flushall();
		// How much there may be in all is for Redis to say.
		const used = Number(/used_memory:(\d+)/.exec(await redis.client.info("memory"))?.[1]);
		await redis.client.config("SET", "maxmemory", maxStoreBytes === undefined ? "0" : String(used + maxStoreBytes));
		const prefix = `test${count++}`;
		const open = () => redisLog({ ...options, url: redis.url, prefix });
		return { log: await open(), reopen: open };
	},
	{ keeps: true },
);
