/** Rights that are decided elsewhere: a server of the operator's is asked over HTTP. */
import { createHash } from "node:crypto";
import { HoldfastError } from "@holdfast/protocol";
import type { Clock } from "../clock.ts";
import { diagnostics } from "../diagnostics.ts";
import type { Action } from "./rights.ts";

export interface HookOptions {
	/** Is sent `{ channel, action, subject?, address? }` by POST, with the client's `Authorization` and `Cookie`. */
	readonly url: string;
	/** Milliseconds until its silence is a refusal; 2,000 unless it is given. */
	readonly timeout?: number;
}

/** Who asks for what. */
export interface Question {
	readonly channel: string;
	readonly action: Action;
	readonly subject?: string;
	readonly address?: string;
	/** Passed on as they came. */
	readonly credentials: { readonly authorization?: string; readonly cookie?: string };
}

export interface Decision {
	readonly allow: boolean;
	/** Names the user in what they publish. */
	readonly from?: string;
	/** Milliseconds since 1970 until when it holds; undefined where the hook did not say. */
	readonly until?: number;
}

/** So many answers are kept; those asked for least recently go first. */
const mostKept = 10_000;
/** So many questions may be under way. */
const mostAsked = 256;
const longestAnswer = 16 * 1024;

export class Hook {
	readonly #url: string;
	readonly #timeout: number;
	readonly #clock: Clock;
	readonly #kept = new Map<string, Decision>();
	/** The same question is asked once at a time. */
	readonly #asked = new Map<string, Promise<Decision>>();

	/** @throws HoldfastError `bad_request` for what is no URL of http or https, or a time-out out of bounds. */
	constructor({ url, timeout = 2000 }: HookOptions, clock: Clock) {
		if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
			throw new HoldfastError("bad_request", `The hook is a URL of http or https, not ${url}`);
		}
		if (!(timeout >= 100 && timeout <= 60_000)) {
			throw new HoldfastError("bad_request", `The hook's timeout is 100 to 60000 milliseconds, not ${timeout}`);
		}
		this.#url = url;
		this.#timeout = timeout;
		this.#clock = clock;
	}

	/** @throws HoldfastError `overloaded` when it does not answer: nothing is allowed then. */
	async decide(question: Question): Promise<Decision> {
		const name = nameOf(question);
		const kept = this.#kept.get(name);
		if (kept !== undefined && (kept.until ?? 0) > this.#clock.now()) {
			this.#keep(name, kept);
			return kept;
		}
		let asked = this.#asked.get(name);
		if (asked === undefined) {
			if (this.#asked.size >= mostAsked) {
				throw new HoldfastError("overloaded", "Too many ask for rights at once; try again.", { retryAfter: 2 });
			}
			asked = this.#ask(question).finally(() => this.#asked.delete(name));
			this.#asked.set(name, asked);
		}
		const decision = await asked;
		if (decision.until === undefined) this.#kept.delete(name);
		else this.#keep(name, decision);
		return decision;
	}

	#keep(name: string, decision: Decision): void {
		this.#kept.delete(name);
		this.#kept.set(name, decision);
		const [oldest] = this.#kept.size > mostKept ? this.#kept.keys() : [];
		if (oldest !== undefined) this.#kept.delete(oldest);
	}

	async #ask({ credentials, ...body }: Question): Promise<Decision> {
		try {
			const response = await fetch(this.#url, {
				method: "POST",
				headers: { ...credentials, "content-type": "application/json" },
				body: JSON.stringify(body),
				redirect: "error",
				signal: AbortSignal.timeout(this.#timeout),
			});
			return this.#read(response, await textOf(response));
		} catch (cause) {
			diagnostics.fault.tell({ during: "hook", error: cause });
			throw new HoldfastError("overloaded", "Access could not be decided; try again.", { retryAfter: 2, cause });
		}
	}

	#read(response: Response, text: string): Decision {
		const until = untilOf(response.headers.get("cache-control"), this.#clock.now());
		const lasting = until === undefined ? {} : { until };
		if (response.status === 401 || response.status === 403) return { allow: false, ...lasting };
		if (response.status !== 200) throw new Error(`The hook answered ${response.status}.`);
		const answer = JSON.parse(text) as { readonly allow?: unknown; readonly from?: unknown };
		if (typeof answer?.allow !== "boolean") throw new Error('The hook answered without "allow": true or false.');
		return { allow: answer.allow, ...(typeof answer.from === "string" ? { from: answer.from } : {}), ...lasting };
	}
}

/** No credentials stand in it: what is kept in memory is their hash. */
function nameOf({ channel, action, subject, credentials: { authorization = "", cookie = "" } }: Question): string {
	const who = createHash("sha256")
		.update(JSON.stringify([subject ?? null, authorization, cookie]))
		.digest("base64");
	return `${action} ${channel} ${who}`;
}

function untilOf(cacheControl: string | null, now: number): number | undefined {
	const seconds = Number(/(?:^|[\s,])max-age=(\d{1,8})(?:$|[\s,])/i.exec(cacheControl ?? "")?.[1] ?? 0);
	return seconds > 0 && !/no-store|no-cache/i.test(cacheControl ?? "") ? now + seconds * 1000 : undefined;
}

async function textOf(response: Response): Promise<string> {
	let text = "";
	const decoder = new TextDecoder();
	for await (const piece of response.body ?? []) {
		text += decoder.decode(piece, { stream: true });
		if (text.length > longestAnswer) throw new Error("The hook's answer is longer than 16 KiB.");
	}
	return text;
}
