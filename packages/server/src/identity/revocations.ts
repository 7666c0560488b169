/** What has been revoked: tokens by their ids, and subjects, whose tokens from before then are good no more. */
import { HoldfastError } from "@holdfast/protocol";
import type { Caller } from "./caller.ts";

/** All nodes read them here, from the first, and follow. */
export const revocationsChannel = "$revocations";

export interface Revocation {
	readonly sub?: string;
	readonly jti?: string;
}

/** The log keeps no more of them either, unless it is told to. */
const most = 10_000;

export class Revocations {
	/** The second of the newest revocation. */
	readonly #subjects = new Map<string, number>();
	readonly #tokens = new Set<string>();

	/** `time`: when it was revoked, in milliseconds since 1970. */
	add({ sub, jti }: Revocation, time: number): void {
		if (sub !== undefined) {
			// The newest last, so that the oldest can be forgotten first.
			this.#subjects.delete(sub);
			this.#subjects.set(sub, Math.floor(time / 1000));
		}
		if (jti !== undefined) this.#tokens.add(jti);
		for (const known of [this.#subjects, this.#tokens]) {
			const [oldest] = known.size > most ? known.keys() : [];
			if (oldest !== undefined) known.delete(oldest);
		}
	}

	/** Tokens count seconds: one of the very second in which its subject was revoked is refused. */
	has({ subject, tokenId, issued }: Pick<Caller, "subject" | "tokenId" | "issued">): boolean {
		if (tokenId !== undefined && this.#tokens.has(tokenId)) return true;
		const since = subject === undefined ? undefined : this.#subjects.get(subject);
		return since !== undefined && (issued === undefined || issued <= since);
	}
}

/**
 * What the body of `POST /v1/revocations` asks for.
 *
 * @throws HoldfastError `bad_request`.
 */
export function readRevocation(body: unknown): Revocation {
	const { sub, jti, ...others } = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
	const isName = (name: unknown) => name === undefined || (typeof name === "string" && name !== "" && name.length <= 1024);
	if ((sub ?? jti) === undefined || !isName(sub) || !isName(jti) || Object.keys(others).length > 0) {
		throw new HoldfastError("bad_request", 'Name whom or what to revoke: {"sub": "ann"} or {"jti": "the token\'s id"}.');
	}
	return { ...(sub === undefined ? {} : { sub: sub as string }), ...(jti === undefined ? {} : { jti: jti as string }) };
}
