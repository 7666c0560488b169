import type { IncomingMessage, ServerResponse } from "node:http";
import { HoldfastError } from "@holdfast/protocol";
import { hostOf } from "./peer.ts";

const exposed = "ETag, Retry-After, WWW-Authenticate, Preference-Applied, X-Request-Id";
const accepted = "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Prefer, Traceparent";
const preflightSeconds = 600;

/** Which pages may speak to the server: those of its own origin, and listed ones. */
export class Origins {
	readonly #listed: ReadonlySet<string>;

	/** @throws HoldfastError `bad_request` for an entry that is neither `*` nor an origin. */
	constructor(listed: readonly string[]) {
		this.#listed = new Set(listed.map(checkOrigin));
	}

	/** Says in the answer whether the page may read it. */
	allow(request: IncomingMessage, response: ServerResponse): void {
		if (this.#listed.size === 0) return;
		response.setHeader("Vary", "Origin");
		const { origin } = request.headers;
		if (origin === undefined) return;
		// Credentials go to listed pages alone: `*` means that nothing here is anyone's own.
		if (this.#listed.has(origin)) {
			response.setHeader("Access-Control-Allow-Origin", origin);
			response.setHeader("Access-Control-Allow-Credentials", "true");
		} else if (this.#listed.has("*")) {
			response.setHeader("Access-Control-Allow-Origin", "*");
		} else {
			return;
		}
		response.setHeader("Access-Control-Expose-Headers", exposed);
	}

	/** The answer to a preflight, where `allow` has let the page in. */
	preflight(response: ServerResponse, methods: string): void {
		if (!response.hasHeader("Access-Control-Allow-Origin")) return;
		response.setHeader("Access-Control-Allow-Methods", methods);
		response.setHeader("Access-Control-Allow-Headers", accepted);
		response.setHeader("Access-Control-Max-Age", preflightSeconds);
	}

	/**
	 * Refuses what a foreign page makes a browser do with its user's rights: opening a WebSocket and publishing need no
	 * preflight.
	 *
	 * @throws HoldfastError `forbidden`.
	 */
	check(request: IncomingMessage): void {
		const { origin } = request.headers;
		if (origin === undefined || this.#listed.has(origin) || this.#listed.has("*")) return;
		// Behind a proxy that ends TLS the scheme differs, so the host decides.
		if (URL.canParse(origin) && new URL(origin).host === hostOf(request)?.toLowerCase()) return;
		throw new HoldfastError("forbidden", `Pages of ${origin} may not do this; list the origin in cors to allow it.`);
	}
}

function checkOrigin(text: string): string {
	// A star inside is a host's name to URL, and would match nothing.
	if (text === "*" || (!text.includes("*") && URL.canParse(text) && new URL(text).origin === text)) return text;
	throw new HoldfastError("bad_request", `cors lists origins such as https://example.com, or *; not ${text}`);
}
