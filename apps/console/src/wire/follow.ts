/** Brings a way back after it ended: the one place that knows about waiting and trying again. */
import { sleep } from "./sleep.ts";
import type { Place, Tell, Way } from "./way.ts";

export type State =
	| { readonly is: "connecting" | "live" | "paused" }
	/** `until` is when the next attempt begins, in the milliseconds of `performance.now()`. */
	| { readonly is: "waiting"; readonly why: string; readonly until: number }
	| { readonly is: "refused"; readonly why: string; readonly asks?: true | undefined };

const firstWait = 500;
const longestWait = 15_000;

/** Milliseconds before attempt number `failures`: doubling, and drawn by lot so that readers do not come back together. */
export function backoff(failures: number, random: number): number {
	const most = Math.min(longestWait, firstWait * 2 ** failures);
	return most / 2 + (most / 2) * random;
}

/** `place` is asked before each attempt: it knows the cursor reached. */
export async function follow(
	way: Way,
	place: () => Place,
	tell: Omit<Tell, "live">,
	changed: (state: State) => void,
	signal: AbortSignal,
): Promise<void> {
	let failures = 0;
	const telling: Tell = {
		...tell,
		live() {
			failures = 0;
			changed({ is: "live" });
		},
	};
	while (!signal.aborted) {
		changed({ is: "connecting" });
		const end = await way(place(), telling, signal);
		if (signal.aborted) return;
		if (!end.again) {
			changed({ is: "refused", why: end.why, asks: end.asks });
			return;
		}
		failures += 1;
		const wait = Math.max(end.wait ?? 0, backoff(failures, Math.random()));
		changed({ is: "waiting", why: end.why, until: performance.now() + wait });
		await sleepOrOnline(wait, signal);
	}
}

/** Waiting on is pointless once the browser says that the network is back. */
async function sleepOrOnline(ms: number, signal: AbortSignal): Promise<void> {
	const online = new AbortController();
	const wake = () => online.abort();
	addEventListener("online", wake);
	await sleep(ms, AbortSignal.any([signal, online.signal]));
	removeEventListener("online", wake);
}
