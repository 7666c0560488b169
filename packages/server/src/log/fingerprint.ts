/** What an idempotency key was first used for, as a hash: a repeat is compared without keeping the data. */
import { hash } from "node:crypto";
import type { Draft } from "./log.ts";

export function fingerprint(draft: Draft): string {
	// Event and key come first, as JSON: no choice of theirs can look like the data of another draft.
	const head = JSON.stringify([draft.encoding ?? null, draft.event ?? null, draft.key ?? null]);
	return hash("sha256", head + draft.data, "base64");
}
