import { asError, type HoldfastError } from "../error.ts";
import type { Setup, Told, TransportName, Way } from "../way.ts";
import { ask } from "./request.ts";

/** What one request is made for. */
export interface Inquiry {
	readonly setup: Setup;
	readonly told: Told;
	/** The server has answered. */
	opened(): void;
	readonly channels: ReadonlySet<string>;
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
	return (setup, told) => {
		const channels = new Set<string>();
		let request = new AbortController();
		let cancel = (): void => undefined;
		const opened = () => told.opened(transport);

		const path = (asked: Iterable<string>) =>
			`/v1/messages?${Array.from(asked, (channel) => `from=${channel}:${setup.start(channel)}`).join("&")}`;

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
			if (channels.size === 0) return opened();
			try {
				const pause = await read({ setup, told, opened, channels, path: path(channels), signal });
				if (signal.aborted) return;
				if (pause === 0) check();
				else cancel = setup.environment.after(pause, check);
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
			const end = (channel: string, error: HoldfastError) => {
				channels.delete(channel);
				told.refused(channel, error);
				found = true;
			};
			for (const channel of [...channels]) {
				try {
					await ask(setup, `${path([channel])}&limit=1`, { signal });
				} catch (cause) {
					if (signal.aborted) return false;
					const error = asError(cause);
					if (!error.passing) end(channel, error);
				}
			}
			// Each is well and all are not: there are too many, and the newest is one too much.
			const newest = [...channels].at(-1);
			if (!found && newest !== undefined && whole.code === "bad_request") end(newest, whole);
			return found;
		};

		check();
		return {
			follow(channel) {
				channels.add(channel);
				check();
			},
			leave(channel) {
				if (channels.delete(channel)) check();
			},
			check,
			close,
		};
	};
}
