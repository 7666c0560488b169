/** One request with `fetch`, told to the wire panel, and what a refusal means. */
import { shortened } from "../token.ts";
import { messagesUrl, target } from "./address.ts";
import { requestBytes, responseBytes } from "./bytes.ts";
import type { Crossing, End, Place, Tell } from "./way.ts";

export interface Ask {
	readonly method?: "GET" | "POST";
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string;
	/** Goes with the request, and is shown shortened. */
	readonly token?: string | undefined;
	readonly signal?: AbortSignal;
}

export interface Answer {
	readonly status: number;
	readonly text: string;
	readonly retryAfter: string | null;
}

export const unreachable: End = { why: "The server cannot be reached", again: true };

/** The answer, or undefined when none came: aborted, or the server is not there. */
export async function request(url: URL, ask: Ask, crossed: (crossing: Crossing) => void): Promise<Answer | undefined> {
	const { method = "GET", body, token, signal } = ask;
	const headers = { ...ask.headers, ...authorization(token) };
	const shown = { ...ask.headers, ...authorization(token === undefined ? token : shortened(token)) };
	const lines = Object.entries(shown).map(([name, value]) => `\n${name}: ${value}`);
	crossed({
		direction: "up",
		text: `${method} ${target(url)}${lines.join("")}${body === undefined ? "" : `\n\n${body}`}`,
		bytes: requestBytes(method, target(url), headers, body),
		request: true,
	});
	try {
		const response = await fetch(url, { method, headers, body: body ?? null, signal: signal ?? null, cache: "no-store" });
		const text = await response.text();
		if (signal?.aborted) return undefined;
		crossed({
			direction: "down",
			text: `${response.status} ${response.statusText}${text === "" ? "" : `\n${text}`}`,
			bytes: responseBytes(response, text),
		});
		return { status: response.status, text, retryAfter: response.headers.get("Retry-After") };
	} catch {
		return undefined;
	}
}

function authorization(token: string | undefined): Readonly<Record<string, string>> {
	return token === undefined ? {} : { Authorization: `Bearer ${token}` };
}

/** The detail of a problem answer, or what can be said without one. */
export function refusal(answer: Answer): string {
	const { code, detail } = problemOf(answer.text);
	if (code === "draining") return "The server is draining";
	return code === undefined ? `The server answered ${answer.status}` : `${answer.status} ${code}: ${detail ?? ""}`;
}

/** `token` is what the request was sent with. */
export function endOf(answer: Answer | undefined, token: string | undefined): End {
	if (answer === undefined) return unreachable;
	if (answer.status === 401) return { why: asking(answer, token), again: false, asks: true };
	const end = { why: refusal(answer), again: answer.status === 429 || answer.status >= 500 };
	const seconds = Number(answer.retryAfter ?? Number.NaN);
	return Number.isFinite(seconds) ? { ...end, wait: seconds * 1000 } : end;
}

/** `EventSource` and `WebSocket` hide why they failed, so the same place is asked for with a poll, which tells. */
export async function askWhy(place: Place, tell: Tell, signal: AbortSignal): Promise<End> {
	const { channel, start, token } = place;
	const answer = await request(messagesUrl(channel, start, "limit=1"), { token, signal }, tell.crossed);
	return answer?.status === 200 ? { why: "Connection lost", again: true } : endOf(answer, token);
}

/** What to do where the server answers 401. */
export function asking(answer: Answer, token: string | undefined): string {
	if (token === undefined) return "Enter a token";
	return `${problemOf(answer.text).detail ?? "The token is refused."} Enter another`;
}

function problemOf(text: string): { code?: string; detail?: string } {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "object" && value !== null ? value : {};
	} catch {
		return {};
	}
}
