import { diagnostics } from "../diagnostics.ts";
import type { Log } from "./log.ts";

/** The same log, whose appends and reads are timed while somebody listens. `now`: milliseconds since 1970, as fine as can be had. */
export function measuredLog(log: Log, now: () => number): Log {
	return {
		append(drafts) {
			if (!diagnostics.appended.heard) return log.append(drafts);
			const began = now();
			const appended = log.append(drafts);
			appended.then(
				() => diagnostics.appended.tell({ drafts, began, ended: now() }),
				(error: unknown) => diagnostics.appended.tell({ drafts, began, ended: now(), error }),
			);
			return appended;
		},
		read(channel, start, limit) {
			if (!diagnostics.pageRead.heard) return log.read(channel, start, limit);
			const began = now();
			const read = log.read(channel, start, limit);
			read.then(
				({ messages }) => diagnostics.pageRead.tell({ channel, messages: messages.length, began, ended: now() }),
				(error: unknown) => diagnostics.pageRead.tell({ channel, messages: 0, began, ended: now(), error }),
			);
			return read;
		},
		watch: (channel, grown) => log.watch(channel, grown),
		describe: (channel) => log.describe(channel),
		list: (query) => log.list(query),
		remove: (channel) => log.remove(channel),
		close: () => log.close(),
		...(log.freshness === undefined ? {} : { freshness: log.freshness }),
	};
}
