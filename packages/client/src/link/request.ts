import type { ErrorCode } from "@holdfast/protocol";
import { HoldfastError } from "../error.ts";
import type { Access, PublishItem, Stored } from "../way.ts";

/** What a problem's body is read for. */
interface Problem {
	readonly code?: ErrorCode;
	readonly detail?: string;
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
	const { code, detail = `The answer was ${response.status}.` } = (await response.json().catch(() => ({}))) as Problem;
	const told = response.headers.get("Retry-After") ?? "";
	const after = Number(told) * 1000 || Date.parse(told) - environment.now();
	throw new HoldfastError(code, detail, { retryAfter: after > 0 ? after : undefined });
}

/** Publishes by POST, as a batch of one: it is then the same item as over the WebSocket. */
export async function post(access: Access, item: PublishItem, signal: AbortSignal): Promise<Stored> {
	const headers = { "Content-Type": "application/json" };
	const response = await ask(access, "/v1/messages", { method: "POST", headers, body: JSON.stringify([item]), signal });
	const [{ id, code, detail }] = (await response.json()) as [Stored & Problem];
	if (id) return { id };
	throw new HoldfastError(code, detail);
}
