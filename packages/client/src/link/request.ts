import type { ErrorCode } from "@holdfast/protocol";
import type { Inquiry } from "../environment.ts";
import { HoldfastError } from "../error.ts";
import type { Access, Sink } from "../way.ts";

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
export async function ask({ url, environment, token }: Access, path: string, init: Inquiry = {}): Promise<Response> {
	const bearer = await token();
	// Not from the browser's cache, and not one after another for its sake, as tabs that ask for the same would.
	const headers = { ...init.headers, ...(bearer && { Authorization: `Bearer ${bearer}` }) };
	const response = await environment.fetch(url + path, { cache: "no-store", ...init, headers });
	if (response.ok) return response;
	// Proxies answer too, with pages of their own: only a code says that it was our server, and that a refusal is one.
	const { code, channel, detail = `HTTP ${response.status}` } = (await response.json().catch(() => ({}))) as Problem;
	const told = response.headers.get("Retry-After") ?? "";
	const after = Number(told) * 1000 || Date.parse(told) - environment.now();
	throw new HoldfastError(code, detail, { channel, retryAfter: after > 0 ? after : undefined });
}

/** Where each channel is to begin. */
export function pathOf(channels: Iterable<readonly [name: string, from: Pick<Sink, "start">]>): string {
	const from = Array.from(channels, ([name, { start }]) => `from=${[name, start()].map(encodeURIComponent).join(":")}`);
	return `/v1/messages?${from.join("&")}`;
}
