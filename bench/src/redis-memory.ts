/** `npm run bench:redis-memory`: what a message, a channel and an idempotency key take in Redis, for docs/several-nodes.md. */
import { execFileSync } from "node:child_process";
import { redisLog } from "@holdfast/server";
import { printReport } from "./report/report.ts";
import { decimals, table } from "./report/table.ts";
import { readOptions } from "./run/options.ts";
import { startRedis } from "./run/redis.ts";

const count = 10_000;
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
	{ what: "a channel with one message of 100 B", bytes: 100, channels: count },
	{ what: "the same with stream-node-max-bytes 512", bytes: 100, channels: count, node: 512 },
	{ what: "a channel that was removed", bytes: 100, channels: count, removed: true },
	{ what: "a message of 100 B with stream-node-max-bytes 512", bytes: 100, channels: 1, node: 512 },
	{ what: "a message of 100 B with an idempotency key", bytes: 100, channels: 1, keyed: true },
];

const options = readOptions({ repetitions: 1, readers: 0, seconds: 0 });
const redis = await startRedis();
try {
	const version = /redis_version:(\S+)/.exec(ask("INFO", "server"))?.[1];
	const rows: { readonly what: string; readonly bytes: number }[] = [];
	for (const one of cases) rows.push({ what: one.what, bytes: await measure(one) });
	printReport(
		{
			title: "Memory in Redis",
			parts: [
				table(
					["", "bytes"],
					rows.map(({ what, bytes }) => [what, decimals(bytes, 0)]),
				),
				`Redis ${version}: how much \`used_memory\` grew by ${decimals(count, 0)} of them, divided by their number.`,
			],
			verdicts: [],
			figures: rows,
		},
		options.json,
	);
} finally {
	await redis.end();
}

async function measure({ bytes, channels, keyed, removed, node = 4096 }: Case): Promise<number> {
	ask("FLUSHALL");
	ask("CONFIG", "SET", "stream-node-max-bytes", String(node));
	const log = await redisLog({ url: `redis://127.0.0.1:${redis.port}` });
	// Its connections and the function are there, and a partition's epoch.
	await log.append([{ channel: "before", data: "1" }]);
	const before = used();
	for (let i = 0; i < count; i += batch) {
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
	const after = used();
	await log.close();
	return (after - before) / count;
}

function used(): number {
	return Number(/used_memory:(\d+)/.exec(ask("INFO", "memory"))?.[1]);
}

function ask(...command: readonly string[]): string {
	return execFileSync("redis-cli", ["-p", String(redis.port), ...command], { encoding: "utf8" });
}
