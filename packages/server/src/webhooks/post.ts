import type { Clock } from "../clock.ts";
import type { Hook } from "./hook.ts";
import { retryAfterOf } from "./retry.ts";
import { signedHeaders } from "./sign.ts";

/** For the head of the answer, in milliseconds. */
const timeout = 10_000;

export interface Answered {
	readonly outcome: "taken" | "gone" | "failed";
	/** The status, or why there is none. */
	readonly detail: string;
	/** In milliseconds. */
	readonly retryAfter?: number;
}

/** Sends one batch, once. Redirects are not followed: the signature is for this URL. */
export async function post(
	{ url, secret }: Hook,
	id: string,
	body: string,
	clock: Clock,
	abort: AbortController,
): Promise<Answered> {
	const timer = clock.after(timeout, () => abort.abort(new Error(`no answer within ${timeout / 1000} s`)));
	try {
		const response = await fetch(url, {
			method: "POST",
			headers: { ...signedHeaders(secret, id, clock.now(), body), "content-type": "application/json", "user-agent": "holdfast" },
			body,
			redirect: "manual",
			signal: abort.signal,
		});
		// Nothing in it is of use, and it may be without end.
		await response.body?.cancel();
		const { status, headers } = response;
		const detail = `answered ${status}`;
		if (status >= 200 && status < 300) return { outcome: "taken", detail };
		if (status === 410) return { outcome: "gone", detail };
		return { outcome: "failed", detail, retryAfter: retryAfterOf(headers.get("retry-after"), clock.now()) };
	} catch (error) {
		const { message, cause } = error as Error;
		return { outcome: "failed", detail: cause instanceof Error ? cause.message || message : message };
	} finally {
		timer.cancel();
	}
}
