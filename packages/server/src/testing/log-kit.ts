/**
 * The contract of `Log` as a suite, for any store and any runner:
 *
 * ```ts
 * import { test } from "node:test"; // or vitest
 * logKit(test, async (options) => ({ log: myLog(options) }));
 * ```
 */
import { appending } from "./log-kit/appending.ts";
import { channels } from "./log-kit/channels.ts";
import { durable } from "./log-kit/durable.ts";
import { idempotency } from "./log-kit/idempotency.ts";
import { LogWorld, type OpenLog } from "./log-kit/log-world.ts";
import { reading } from "./log-kit/reading.ts";
import { retention } from "./log-kit/retention.ts";
import { watching } from "./log-kit/watching.ts";

export type { LogKitOptions, OpenedLog, OpenLog } from "./log-kit/log-world.ts";

/** `keeps`: the store outlives its process, so that `reopen` is tried as well. */
export function logKit(test: (name: string, run: () => Promise<void>) => unknown, open: OpenLog, { keeps = false } = {}): void {
	const groups = [appending, idempotency, reading, retention, watching, channels, ...(keeps ? [durable] : [])];
	for (const group of groups) {
		for (const [name, run] of Object.entries(group)) {
			test(name, async () => {
				const world = new LogWorld(open);
				try {
					await run(world);
				} finally {
					await world.end();
				}
			});
		}
	}
}
