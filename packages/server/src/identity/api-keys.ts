/** Keys of back ends. Only their hashes are configured, so that who reads the configuration cannot use them. */
import { createHash, timingSafeEqual } from "node:crypto";
import { HoldfastError } from "@holdfast/protocol";
import type { Caller } from "./caller.ts";
import { parseRights, type WrittenRights } from "./rights.ts";

/** One back end. */
export interface ApiKey extends WrittenRights {
	/** Whom its messages are `from`, and what a revocation names. */
	readonly name: string;
	/** `sha256:` and the SHA-256 of the key in hex, as `holdfast key` prints it. */
	readonly hash: string;
}

/** What every key begins with, so that it is told from a token, and found where it has leaked. */
export const apiKeyPrefix = "hf_";

export class ApiKeys {
	readonly #keys: readonly { readonly hash: Buffer; readonly caller: Caller }[];

	/** @throws HoldfastError `bad_request` naming what is wrong with a key. */
	constructor(keys: readonly ApiKey[]) {
		this.#keys = keys.map(readKey);
	}

	/** @throws HoldfastError `unauthorized`. */
	verify(key: string): Caller {
		const hash = hashOf(key);
		let found: Caller | undefined;
		// All of them are compared, each in the same time: nothing is learned from how long it takes.
		for (const known of this.#keys) if (timingSafeEqual(known.hash, hash)) found = known.caller;
		if (found === undefined) throw new HoldfastError("unauthorized", "The API key is not known here.");
		return found;
	}
}

/** The configured form of a key. */
export function hashApiKey(key: string): string {
	return `sha256:${hashOf(key).toString("hex")}`;
}

/** A key is 32 random bytes, so there is nothing to guess and a plain hash suffices. */
function hashOf(key: string): Buffer {
	return createHash("sha256").update(key).digest();
}

function readKey({ name, hash, ...written }: ApiKey): { readonly hash: Buffer; readonly caller: Caller } {
	const hex = /^sha256:([0-9a-f]{64})$/.exec(hash ?? "")?.[1];
	if (typeof name !== "string" || name === "") throw new HoldfastError("bad_request", "An API key needs a name.");
	if (hex === undefined) {
		throw new HoldfastError(
			"bad_request",
			`The API key ${name} needs a hash, "sha256:" and 64 hex digits; holdfast key makes one.`,
		);
	}
	try {
		return { hash: Buffer.from(hex, "hex"), caller: { subject: name, rights: parseRights(written), written } };
	} catch (cause) {
		throw new HoldfastError("bad_request", `The API key ${name} ${(cause as Error).message}.`, { cause });
	}
}
