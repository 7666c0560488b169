import { hashNames } from "@holdfast/protocol";
import type { About } from "./client.ts";

/**
 * Names the server and the user, and what else it must be for, in this browser; undefined where the user is not known. Of a token it
 * holds a hash.
 */
export function scopeOf({ url, token, user }: About, more = ""): string | undefined {
	if (typeof token === "function" && user === undefined) return undefined;
	return `holdfast:${hashNames([url, user ?? String(token), more])}`;
}
