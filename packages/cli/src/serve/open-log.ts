/** The store that the settings ask for, and what it promises in words. */
import { diskLog, type Log, memoryLog, redisLog, storeOptions } from "@holdfast/server";
import { CommandError, describe } from "../exit-codes.ts";
import type { Settings } from "../settings/resolve.ts";
import type { Durability } from "../settings/table.ts";
import { formatAmount } from "../settings/units.ts";

/** @throws CommandError when the folder cannot be opened, or the Redis cannot be used. */
export async function openLog({ folder, redis, redisReplicas, durability, store }: Settings): Promise<Log> {
	if (redis !== undefined) {
		return redisLog({ url: redis, replicas: redisReplicas, ...store }).catch((cause: unknown) => {
			throw new CommandError("unavailable", describe(cause), { cause });
		});
	}
	if (folder === undefined) return memoryLog(store);
	try {
		return diskLog({ folder, durability, ...store });
	} catch (cause) {
		throw new CommandError("unavailable", `cannot open the data folder ${folder}: ${describe(cause)}`, { cause });
	}
}

const promises: Readonly<Record<Durability, string>> = {
	disk: "when it is flushed to disk: it survives a crash of the process and of the machine",
	commit: "when the system has it: it survives a crash of the process; a power loss takes back the newest milliseconds",
	none: "when the system has it: it survives a crash of the process; a power loss may take the whole store",
};

/** Where messages are kept, how long, and what an acknowledged publish means: a line each. */
export function describeLog({ folder, redis, redisReplicas, durability, store }: Settings): string[] {
	const limit = (name: keyof typeof storeOptions) =>
		formatAmount(store[name] ?? storeOptions[name].default, storeOptions[name].unit);
	const most = `the newest ${limit("retentionMessages")} messages, ${limit("retentionBytes")} or ${limit("retentionAge")} a channel`;
	if (redis !== undefined) {
		return [
			`keeps ${most}, in the Redis at ${redis.replace(/\/\/[^@]*@/, "//")}`,
			`acknowledges a publish when Redis${redisReplicas > 0 ? ` and ${redisReplicas} of its replicas` : ""} has it: how much of a crash it survives is for Redis to say (appendonly, appendfsync)`,
		];
	}
	return [
		`keeps ${most}, ${folder === undefined ? "in memory: they end with this process" : `in ${folder}`}`,
		`acknowledges a publish ${folder === undefined ? "at once: it survives nothing" : promises[durability]}`,
	];
}
