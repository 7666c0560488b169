import { asError, type HoldfastError } from "../error.ts";
import type { Access, Sink, Told, TransportName, Way } from "../way.ts";
import { ask } from "./request.ts";

/** What one request is made for. */
export interface Inquiry {
	readonly access: Access;
	readonly told: Told;
	/** The server has answered. */
	opened(): void;
	readonly sinks: ReadonlyMap<string, Sink>;
	/** `/v1/messages` with a `from` for each channel; none needs escaping. */
	readonly path: string;
	/** Aborted when the set of channels has changed, and the rest is asked for anew. */
	readonly signal: AbortSignal;
}

/** Makes one request and tells what it brings. Resolves with the milliseconds until the next one; throws when it fails. */
export type Read = (inquiry: Inquiry) => Promise<number>;

/**
 * A way by plain requests. The set of channels is part of the request, so a change of it aborts the request and asks
 * anew, from where each channel then stands: nothing is lost and nothing comes twice.
 */
export function httpWay(transport: TransportName, read: Read): Way {
	return (access, told) => {
		const sinks = new Map<string, Sink>();
		let request = new AbortController();
		let cancel = (): void => undefined;
		const opened = () => told.opened(transport);

		const path = (asked: Iterable<readonly [string, Sink]>) =>
			`/v1/messages?${Array.from(asked, ([channel, { start }]) => `from=${channel}:${start}`).join("&")}`;

		const close = () => {
			cancel();
			request.abort();
		};

		/** Asks anew, once for all changes of this turn. Not by a timer: those of a page in the background are late. */
		const check = () => {
			close();
			request = new AbortController();
			const { signal } = request;
			void Promise.resolve().then(() => run(signal));
		};

		const run = async (signal: AbortSignal) => {
			if (signal.aborted) return;
			// Who follows nothing has nothing to wait for, and is well.
			if (sinks.size === 0) return opened();
			try {
				const pause = await read({ access, told, opened, sinks, path: path(sinks), signal });
				if (signal.aborted) return;
				if (pause === 0) check();
				else cancel = access.environment.after(pause, check);
			} catch (cause) {
				const error = asError(cause);
				const found = !signal.aborted && !error.passing && (await refuse(error, signal));
				if (signal.aborted) return;
				if (found) check();
				else told.lost(error);
			}
		};

		/** A refusal is of the whole set: asks for each channel alone which it is, so that the others go on. */
		const refuse = async (whole: HoldfastError, signal: AbortSignal) => {
			let found = false;
			const end = ([channel, sink]: readonly [string, Sink], error: HoldfastError) => {
				sinks.delete(channel);
				sink.refuse(error);
				found = true;
			};
			for (const one of [...sinks]) {
				try {
					await ask(access, `${path([one])}&limit=1`, { signal });
				} catch (cause) {
					if (signal.aborted) return false;
					const error = asError(cause);
					if (!error.passing) end(one, error);
				}
			}
			// Each is well and all are not: there are too many, and the newest is one too much.
			const newest = [...sinks].at(-1);
			if (!found && newest !== undefined && whole.code === "bad_request") end(newest, whole);
			return found;
		};

		check();
		return {
			follow(channel, sink) {
				sinks.set(channel, sink);
				check();
			},
			leave(channel) {
				if (sinks.delete(channel)) check();
			},
			check,
			close,
		};
	};
}
