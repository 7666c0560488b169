/** What a connection stands on: who it is, until when that holds, and how it is asked for again. */
import type { IncomingMessage } from "node:http";
import type { Caller } from "../identity/caller.ts";
import { nobody } from "../identity/identity.ts";
import { type Access, type Grant, readGrants } from "./access.ts";

export interface Standing {
	readonly caller: Caller;
	/** Milliseconds since 1970. */
	readonly until: number;
	/**
	 * Asks again when `until` has passed; without it nothing but new credentials helps.
	 *
	 * @throws HoldfastError when the connection may not stay.
	 */
	renew?(): Promise<void>;
}

/** Nobody in particular, where everybody may: most readers share it. */
export const forEver: Standing = { caller: nobody, until: Number.POSITIVE_INFINITY };

/**
 * A reader of these channels, once it has been granted them.
 *
 * @param naming - whether a refusal says which channel it is about.
 * @throws HoldfastError `unauthorized`, `forbidden`, or `overloaded` when the decision could not be made.
 */
export async function standingOf(
	access: Access,
	request: IncomingMessage,
	channels: readonly string[],
	naming = false,
): Promise<Standing> {
	const ask = () => readGrants(access, request, channels, naming);
	return standOn(await ask(), ask);
}

/** A reader that was granted its channels, and asks for them again by `ask` where a grant was for a time. */
function standOn(grants: readonly Grant[], ask: () => Promise<readonly Grant[]>): Standing {
	const [{ caller } = {}] = grants;
	if (caller === undefined) throw new Error("A reader reads at least one channel.");
	const untils = grants.map(untilOf);
	const first = Math.min(...untils);
	if (caller === nobody && first === Number.POSITIVE_INFINITY) return forEver;
	// Whoever asks again needs the request that it came with, which others let go.
	if (!grants.some(({ renewable }) => renewable)) return { caller, until: first };
	let until = first;
	return {
		caller,
		get until() {
			return until;
		},
		async renew() {
			until = Math.min(...(await ask()).map(untilOf));
		},
	};
}

export function untilOf({ caller, until = Number.POSITIVE_INFINITY }: Grant): number {
	return Math.min(until, caller.until ?? Number.POSITIVE_INFINITY);
}
