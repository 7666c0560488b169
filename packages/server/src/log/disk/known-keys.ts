/** Which idempotency keys were used, for what, and until when that is remembered; across restarts. */
import { fingerprint } from "../fingerprint.ts";
import type { Draft } from "../log.ts";
import type { Environment } from "./environment.ts";
import { expiryKey, expiryTarget, idempotencyKey } from "./keys.ts";
import { seal, unsealJson } from "./seal.ts";

export interface KnownKey {
	/** Keys belong to one life of a channel: what was removed may be published again. */
	readonly epoch: string;
	readonly offset: number;
	readonly time: number;
	readonly fingerprint: string;
	readonly until: number;
}

const nothing = Buffer.from([0]);

export class KnownKeys {
	readonly #environment: Environment;

	constructor(environment: Environment) {
		this.#environment = environment;
	}

	/** A damaged record is one that is not known: the worst that follows is what a client without keys has. */
	recall(draft: Draft, epoch: string, now: number): KnownKey | undefined {
		if (draft.idempotencyKey === undefined) return undefined;
		const key = idempotencyKey(draft.channel, draft.idempotencyKey);
		const known = unsealJson<KnownKey>(key, this.#environment.keys.getBinary(key));
		return known !== undefined && known.epoch === epoch && known.until > now ? known : undefined;
	}

	remember(draft: Draft, place: Pick<KnownKey, "epoch" | "offset" | "time" | "until">): void {
		if (draft.idempotencyKey === undefined) return;
		const key = idempotencyKey(draft.channel, draft.idempotencyKey);
		const known: KnownKey = { ...place, fingerprint: fingerprint(draft) };
		this.#environment.keys.putSync(key, seal(key, JSON.stringify(known)));
		this.#environment.expiries.putSync(expiryKey(known.until, key), nothing);
	}

	/** Forgets at most `most` keys whose time is over; how many it was. */
	forget(now: number, most: number): number {
		const { keys, expiries } = this.#environment;
		const over = [...expiries.getKeys({ end: expiryKey(now + 1, Buffer.alloc(0)), limit: most })].map((key) => Buffer.from(key));
		for (const expiry of over) {
			expiries.removeSync(expiry);
			const key = expiryTarget(expiry);
			const known = unsealJson<KnownKey>(key, keys.getBinary(key));
			// The key may have been used again since, and then has another expiry.
			if (known === undefined || known.until <= now) keys.removeSync(key);
		}
		return over.length;
	}
}
