/** What someone may do, as the claim of a token, the entry of an API key and the configuration spell it. */
import { matches, type Pattern, parsePattern } from "./patterns.ts";

export type Action = "read" | "publish" | "admin";

/** As it is written: `{ "read": ["chat.*", "user.{sub}"], "publish": ["chat.*"], "admin": true }`. */
export interface WrittenRights {
	/** Patterns of the channels that may be read. */
	readonly read?: readonly string[];
	readonly publish?: readonly string[];
	/** Channels may be described, listed and removed, tokens revoked, connections seen and ended. */
	readonly admin?: boolean;
}

export interface Rights {
	readonly read: readonly Pattern[];
	readonly publish: readonly Pattern[];
	readonly admin: boolean;
}

/** A token is sent with each request: more patterns than this belong into a hook. */
const mostPatterns = 100;

export const noRights: Rights = { read: [], publish: [], admin: false };

/** @throws Error that says what is wrong, in a sentence that goes on behind the name of where it stands. */
export function parseRights(written: unknown): Rights {
	if (written === undefined) return noRights;
	if (typeof written !== "object" || written === null || Array.isArray(written)) throw new Error("is an object of rights");
	const { read = [], publish = [], admin = false, ...unknown } = written as Record<string, unknown>;
	const [other] = Object.keys(unknown);
	if (other !== undefined) throw new Error(`has read, publish and admin, and not ${other}`);
	if (typeof admin !== "boolean") throw new Error("has an admin that is true or false");
	return { read: parsePatterns(read, "read"), publish: parsePatterns(publish, "publish"), admin };
}

function parsePatterns(written: unknown, name: string): readonly Pattern[] {
	if (!Array.isArray(written) || !written.every((one) => typeof one === "string")) {
		throw new Error(`has a ${name} that is a list of patterns such as chat.*`);
	}
	if (written.length > mostPatterns) throw new Error(`has at most ${mostPatterns} patterns in ${name}`);
	return written.map(parsePattern);
}

/** `channel` is null for what is about no channel, such as the list of them. */
export function allows(rights: Rights, channel: string | null, action: Action, subject: string | undefined): boolean {
	if (action === "admin") return rights.admin;
	return channel !== null && rights[action].some((pattern) => matches(pattern, channel, subject));
}
