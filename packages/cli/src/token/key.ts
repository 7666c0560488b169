import { randomBytes } from "node:crypto";
import { type ApiKey, apiKeyPrefix, hashApiKey, type WrittenRights } from "@holdfast/server";
import { type Io, say } from "../io.ts";

/** Prints a new key, which nobody can print again, and the entry that makes it good. */
export function makeKey(name: string, rights: WrittenRights, io: Io): void {
	const key = apiKeyPrefix + randomBytes(32).toString("base64url");
	const entry: ApiKey = { name, hash: hashApiKey(key), ...rights };
	say(io.stdout, key);
	say(io.stderr, JSON.stringify(entry));
}
