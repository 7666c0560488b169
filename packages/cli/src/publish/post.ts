import { type ClientErrorCode, HoldfastError } from "@holdfast/client";
import { errors } from "@holdfast/protocol";
import { CommandError } from "../exit-codes.ts";
import type { Server } from "../wire/server.ts";

/** Milliseconds that a request may take: longer than the server gives it. */
const longest = 30_000;

/**
 * Publishes a batch, for which the client has no call; gives what the server answered.
 *
 * @throws HoldfastError, or CommandError where something else than Holdfast refuses it.
 */
export async function post({ url, token }: Server, body: string): Promise<unknown> {
	const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` };
	const headers = { "Content-Type": "application/json", ...authorization };
	let response: Response;
	let answer: unknown;
	try {
		response = await fetch(`${url}/v1/messages`, { method: "POST", headers, body, signal: AbortSignal.timeout(longest) });
		answer = await response.text().then(parse);
	} catch (cause) {
		throw new HoldfastError("unreachable", String(cause), { cause });
	}
	if (response.ok) return answer;
	throw errorOf(response, answer);
}

export interface Problem {
	readonly code: string;
	readonly detail: string;
}

export function problemOf(value: unknown): Problem | undefined {
	const { code, detail } = (value ?? {}) as Readonly<Record<string, unknown>>;
	return typeof code === "string" ? { code, detail: String(detail) } : undefined;
}

/** What does not bear a code of ours is of a proxy, or of another server: its status says whether it may be taken back. */
function errorOf({ status, statusText, headers }: Response, answer: unknown): Error {
	const { code, detail } = problemOf(answer) ?? { code: "", detail: statusText };
	const told = headers.get("Retry-After");
	const wait = told === null ? Number.NaN : Number(told) * 1000 || Date.parse(told) - Date.now();
	const options = { retryAfter: wait > 0 ? wait : undefined };
	if (Object.hasOwn(errors, code)) return new HoldfastError(code as ClientErrorCode, detail, options);
	if (status === 429) return new HoldfastError("rate_limited", detail, options);
	if (status === 408 || status >= 500) return new HoldfastError("unreachable", `${status} ${detail}`, options);
	return new CommandError("failed", `${status} ${detail}`.trim());
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
