import type { Rights, WrittenRights } from "./rights.ts";

/** Who asks, as their credentials say. Nobody in particular has no subject and no rights of their own. */
export interface Caller {
	/** Whom a token or an API key names. */
	readonly subject?: string;
	/** The token's own name, its `jti`. */
	readonly tokenId?: string;
	/** When the token was issued, in seconds since 1970. */
	readonly issued?: number;
	/** When the credentials end, in milliseconds since 1970. */
	readonly until?: number;
	readonly rights: Rights;
	/** The same rights as they came, to be written down. */
	readonly written: WrittenRights;
}
