import type { ErrorCode } from "@holdfast/protocol";
import { asError, HoldfastError } from "../error.ts";
import type { Access, PublishItem, Stored } from "../way.ts";

/**
 * One request with the user's token.
 *
 * @throws HoldfastError `unreachable` when no answer of a Holdfast server came, else the code that it told.
 */
export async function ask({ url, environment, token }: Access, path: string, init: RequestInit = {}): Promise<Response> {
	const bearer = await token();
	const authorization = bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` };
	let response: Response;
	try {
		response = await environment.fetch(url + path, { ...init, headers: { ...init.headers, ...authorization } });
	} catch (cause) {
		throw asError(cause);
	}
	if (response.ok) return response;
	throw await errorOf(response, environment.now());
}

/** Publishes by POST, as a batch of one: it is then the same item as over the WebSocket. */
export async function post(access: Access, item: PublishItem, signal: AbortSignal): Promise<Stored> {
	const headers = { "Content-Type": "application/json" };
	const response = await ask(access, "/v1/messages", { method: "POST", headers, body: JSON.stringify([item]), signal });
	const [receipt] = (await response.json()) as (Stored & Told)[];
	if (receipt?.id !== undefined) return { id: receipt.id };
	throw new HoldfastError(receipt?.code ?? "unreachable", receipt?.detail ?? "There was no receipt.");
}

/** What a problem's body is read for. */
interface Told {
	readonly code?: ErrorCode;
	readonly detail?: string;
}

/** Proxies answer too, with pages of their own: only a code says that it was our server, and that a refusal is one. */
async function errorOf(response: Response, now: number): Promise<HoldfastError> {
	const { code, detail } = (await response.json().catch(() => ({}))) as Told;
	const told = response.headers.get("Retry-After");
	const after = told === null ? Number.NaN : Number(told) * 1000 || Date.parse(told) - now;
	return new HoldfastError(code ?? "unreachable", detail ?? `The answer was ${response.status}.`, {
		retryAfter: after >= 0 ? after : undefined,
	});
}
