/** The credentials that a request bears. */
import type { IncomingMessage } from "node:http";
import type { Credentials } from "../identity/identity.ts";
import { queryOf } from "./target.ts";

/** The header comes before a ticket, and a ticket before the cookie, which a browser sends whether it is meant or not. */
export function credentialsOf(request: IncomingMessage, cookieName: string | undefined): Credentials {
	const { authorization, cookie } = request.headers;
	// Whatever it is: what is no token is refused as one, and is not nobody.
	const header = /^bearer( .*)?$/i.exec(authorization ?? "") && (authorization ?? "").slice("bearer".length).trim();
	const ticket = header === null ? queryOf(request.url ?? "/").get("ticket") : undefined;
	const bearer = header ?? (ticket === undefined && cookieName !== undefined ? cookieOf(cookie, cookieName) : undefined);
	return { bearer, ticket, authorization, cookie };
}

function cookieOf(header: string | undefined, name: string): string | undefined {
	for (const pair of header?.split(";") ?? []) {
		const sign = pair.indexOf("=");
		if (sign !== -1 && pair.slice(0, sign).trim() === name) return pair.slice(sign + 1).trim();
	}
	return undefined;
}

/** The same request with a token renewed in place, as if it had come with it. */
export function withToken(request: IncomingMessage, token: string): IncomingMessage {
	const headers = { ...request.headers, authorization: `Bearer ${token}` };
	return Object.create(request, { headers: { value: headers, enumerable: true } }) as IncomingMessage;
}
