/** Where the examples keep what they keep: beside the messages of the server that runs them. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { diskLog, type Log, memoryLog, redisLog, storeOptions } from "@holdfast/server";

export interface Place {
	readonly log: Log;
	/** What cookies are signed with, so that nobody is signed out by a restart or is a stranger to the next node. */
	readonly secret: string;
}

export async function openPlace(folder: string | undefined, redis: string | undefined): Promise<Place> {
	if (redis !== undefined) return { secret: await sharedSecret(redis), log: await redisLog({ url: redis, prefix: "examples" }) };
	if (folder === undefined) return { secret: newSecret(), log: memoryLog() };
	const own = join(folder, "examples");
	return { secret: keptSecret(own), log: diskLog({ folder: own }) };
}

const newSecret = () => randomBytes(32).toString("base64url");

function keptSecret(folder: string): string {
	const path = join(folder, "cookie-secret");
	mkdirSync(folder, { recursive: true });
	try {
		writeFileSync(path, newSecret(), { mode: 0o600, flag: "wx" });
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
	}
	return readFileSync(path, "utf8");
}

/**
 * Nodes that begin at once may each write one, and all of them take the first: that is the same for all. It lies under a prefix of its
 * own, because no Holdfast serves that, and because messages grow too old after a week, which would be another secret for each node.
 */
async function sharedSecret(redis: string): Promise<string> {
	const log = await redisLog({ url: redis, prefix: "examples-secret", retentionAge: storeOptions.retentionAge.max });
	const first = async () => (await log.read("cookie", "first", { messages: 1, bytes: 1 })).messages[0]?.data;
	try {
		if ((await first()) === undefined) await log.append([{ channel: "cookie", data: JSON.stringify(newSecret()) }]);
		return String(await first());
	} finally {
		await log.close();
	}
}
