/** The keys that an issuer publishes. */
import { createRemoteJWKSet } from "jose";
import type { Clock } from "../clock.ts";
import { diagnostics } from "../diagnostics.ts";

/** A key that the issuer withdraws is believed for so long at most, while the issuer can be reached. */
const freshFor = 10 * 60_000;
/** Between two questions because of an unknown key id, and after one that failed. Anybody can make up key ids. */
const pause = 30_000;
const timeout = 5000;

type Find = ReturnType<typeof createRemoteJWKSet>;

/**
 * Finds keys by their ids. The set is asked for anew when it is old, and for a key id that it does not have. An issuer that does not answer
 * keeps nobody out whose key is known: the old set is used on.
 */
export function keySet(url: URL, clock: Clock): (...asked: Parameters<Find>) => ReturnType<Find> {
	const find = createRemoteJWKSet(url, {
		cacheMaxAge: Number.POSITIVE_INFINITY,
		cooldownDuration: pause,
		timeoutDuration: timeout,
	});
	/** Whether there is a set; the first is asked for by the search itself, which fails with it. */
	let known = false;
	let due = 0;
	const renew = async () => {
		if (clock.now() < due) return;
		due = clock.now() + pause;
		try {
			await find.reload();
			due = clock.now() + freshFor;
		} catch (error) {
			diagnostics.fault.tell({ during: "key set", error });
		}
	};
	return async (...asked) => {
		if (known) await renew();
		else due = clock.now() + freshFor;
		const key = await find(...asked);
		known = true;
		return key;
	};
}
