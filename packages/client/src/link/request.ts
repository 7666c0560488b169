import type { ErrorCode } from "@holdfast/protocol";
import { HoldfastError } from "../error.ts";
import type { Access } from "../way.ts";

/** What a problem's body is read for. */
export interface Problem {
	readonly code?: ErrorCode;
	readonly detail?: string;
	readonly channel?: string;
}

/**
 * One request with the user's token.
 *
 * @throws HoldfastError with the code that the server told; anything where no answer of a Holdfast server came.
 */
export async function ask({ url, environment, token }: Access, path: string, init: RequestInit = {}): Promise<Response> {
	const bearer = await token();
	const authorization = bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` };
	const response = await environment.fetch(url + path, { ...init, headers: { ...init.headers, ...authorization } });
	if (response.ok) return response;
	// Proxies answer too, with pages of their own: only a code says that it was our server, and that a refusal is one.
	const { code, channel, detail = `The answer was ${response.status}.` } = (await response.json().catch(() => ({}))) as Problem;
	const told = response.headers.get("Retry-After") ?? "";
	const after = Number(told) * 1000 || Date.parse(told) - environment.now();
	throw new HoldfastError(code, detail, { channel, retryAfter: after > 0 ? after : undefined });
}

/** Where each channel is to begin. */
export function pathOf(channels: Iterable<readonly [name: string, from: { readonly start: string }]>): string {
	const from = Array.from(channels, ([name, { start }]) => `from=${encodeURIComponent(`${name}:${start}`)}`);
	return `/v1/messages?${from.join("&")}`;
}
