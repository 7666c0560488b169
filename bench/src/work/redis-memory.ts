/** What a message, a channel and an idempotency key take in Redis, for docs/several-nodes.md. */
import { execFileSync } from "node:child_process";
import { redisLog } from "@holdfast/server";
import { cores } from "../run/pin.ts";
import { type RunningRedis, startRedis } from "../run/redis.ts";
import { count } from "./figures.ts";
import type { Context, Row, Section, Work } from "./work.ts";

const many = 10_000;
const batch = 100;

interface Case {
	readonly what: string;
	readonly bytes: number;
	readonly channels: number;
	readonly keyed?: true;
	readonly removed?: true;
	/** Bytes of a node of a stream, of which the first is taken at once. */
	readonly node?: number;
}

const cases: readonly Case[] = [
	{ what: "a message of 100 B", bytes: 100, channels: 1 },
	{ what: "a message of 1 KiB", bytes: 1024, channels: 1 },
	{ what: "a channel with one message of 100 B", bytes: 100, channels: many },
	{ what: "the same with stream-node-max-bytes 512", bytes: 100, channels: many, node: 512 },
	{ what: "a channel that was removed", bytes: 100, channels: many, removed: true },
	{ what: "a message of 100 B with stream-node-max-bytes 512", bytes: 100, channels: 1, node: 512 },
	{ what: "a message of 100 B with an idempotency key", bytes: 100, channels: 1, keyed: true },
];

function ask({ port }: RunningRedis, ...command: readonly string[]): string {
	return execFileSync("redis-cli", ["-p", String(port), ...command], { encoding: "utf8" });
}

function used(redis: RunningRedis): number {
	return Number(/used_memory:(\d+)/.exec(ask(redis, "INFO", "memory"))?.[1]);
}

async function measure(redis: RunningRedis, { bytes, channels, keyed, removed, node = 4096 }: Case): Promise<number> {
	ask(redis, "FLUSHALL");
	ask(redis, "CONFIG", "SET", "stream-node-max-bytes", String(node));
	const log = await redisLog({ url: `redis://127.0.0.1:${redis.port}` });
	// Its connections and the function are there, and a partition's epoch.
	await log.append([{ channel: "before", data: "1" }]);
	const before = used(redis);
	for (let i = 0; i < many; i += batch) {
		await log.append(
			Array.from({ length: batch }, (_, n) => ({
				channel: `channel-${(i + n) % channels}`,
				// As text that cannot be packed into less.
				data: JSON.stringify("x".repeat(bytes - 2)),
				...(keyed && { idempotencyKey: crypto.randomUUID() }),
			})),
		);
	}
	if (removed) for (let i = 0; i < channels; i++) await log.remove(`channel-${i}`);
	const after = used(redis);
	await log.close();
	return (after - before) / many;
}

async function run({ say }: Context): Promise<Section> {
	say("redis-memory");
	const redis = await startRedis(cores.server);
	try {
		const version = /redis_version:(\S+)/.exec(ask(redis, "INFO", "server"))?.[1];
		const rows: Row[] = [];
		for (const one of cases) rows.push({ peer: "Holdfast", load: one.what, figures: { bytes: await measure(redis, one) } });
		return {
			name: "redis-memory",
			title: "Memory in Redis",
			text: `Redis ${version}: how much \`used_memory\` grew by ${count(many)} of them, divided by their number.`,
			tables: [{ columns: [{ figure: "bytes", title: "bytes", digits: 0 }], rows }],
			charts: [],
			verdicts: [],
			notes: [],
		};
	} finally {
		await redis.end();
	}
}

export const redisMemory: Work = { name: "redis-memory", title: "what Redis holds for a message, a channel and a key", run };
