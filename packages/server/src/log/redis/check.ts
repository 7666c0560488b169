/** Whether a Redis is one that a log may be trusted to. */
import { HoldfastError } from "@holdfast/protocol";
import type { RedisClient } from "./door.ts";

/** The first with functions and sharded pub/sub. */
const oldest = 7;

export interface Checked {
	/** Whether what it has acknowledged is there when it is started again: each write is flushed before it is answered. */
	readonly keeps: boolean;
}

/** @throws HoldfastError `store_unavailable` that says what to change. */
export async function checkRedis(client: RedisClient): Promise<Checked> {
	// A Cluster knows its nodes when it has answered once.
	await client.call("PING");
	const masters = client.nodes?.("master") ?? [client];
	const all = await Promise.all(masters.map(checkOne));
	return { keeps: all.every((one) => one) };
}

async function checkOne(client: RedisClient): Promise<boolean> {
	const info = async (section: string) => {
		const text = String(await client.call("INFO", section));
		return new Map([...text.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name = "", value = ""]) => [name, value]));
	};
	const [server, memory, persistence] = [await info("server"), await info("memory"), await info("persistence")];
	const replication = await info("replication");
	const version = server.get("valkey_version") ?? server.get("redis_version") ?? "";
	if (Number.parseInt(version, 10) < oldest) {
		throw new HoldfastError("store_unavailable", `This is Redis ${version}; the log needs Redis ${oldest} or later, or Valkey.`);
	}
	const policy = memory.get("maxmemory_policy");
	if (policy !== "noeviction") {
		throw new HoldfastError(
			"store_unavailable",
			`Redis has maxmemory-policy ${policy}: when it is full it would drop messages that were acknowledged, in silence. Set noeviction.`,
		);
	}
	// A replica that takes over may not have everything.
	if (persistence.get("aof_enabled") !== "1" || replication.get("connected_slaves") !== "0") return false;
	// Where the settings may not be read, the safe answer is no.
	const answer = await client.call("CONFIG", "GET", "appendfsync").catch(() => []);
	return Array.isArray(answer) && answer[1] === "always";
}
