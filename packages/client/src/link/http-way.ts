import { asError, type HoldfastError } from "../error.ts";
import { createTimer } from "../timer.ts";
import type { Access, Sink, Told, TransportName, Way } from "../way.ts";
import { pathOf } from "./request.ts";

/** What one request is made for. */
export interface Asking {
	readonly access: Access;
	readonly told: Told;
	/** The server has answered. */
	opened(): void;
	readonly sinks: ReadonlyMap<string, Sink>;
	/** What to ask for. */
	readonly path: string;
	/** Whether the link has been told all there is, and may wait for more. */
	readonly waits: boolean;
	/** Aborted when the set of channels has changed, and the rest is asked for anew. */
	readonly signal: AbortSignal;
}

/** Makes one request and tells what it brings. Resolves with the milliseconds until the next one; throws when it fails. */
export type Read = (inquiry: Asking) => Promise<number>;

/**
 * A way by plain requests. The set of channels is part of the request, so a change of it aborts the request and asks
 * anew, from where each channel then stands: nothing is lost and nothing comes twice.
 */
export function httpWay(transport: TransportName, read: Read): Way {
	return (access, told) => {
		const sinks = new Map<string, Sink>();
		let request = new AbortController();
		const timer = createTimer(access.environment);
		const opened = () => told.opened(transport);

		const close = () => {
			timer();
			request.abort();
		};

		/** Asks anew, once for all changes of this turn. Not by a timer: those of a page in the background are late. */
		const ask = (waits: boolean) => {
			close();
			request = new AbortController();
			const { signal } = request;
			queueMicrotask(() => void run(signal, waits));
		};
		/** An answer that comes at once is a sign of life. */
		const check = () => ask(false);

		const run = async (signal: AbortSignal, waits: boolean) => {
			if (signal.aborted) return;
			// Who follows nothing has nothing to wait for, and is well.
			if (sinks.size === 0) return opened();
			try {
				const pause = await read({ access, told, opened, sinks, path: pathOf(sinks), waits, signal });
				if (signal.aborted) return;
				if (pause === 0) ask(true);
				else timer(pause, check);
			} catch (cause) {
				if (!signal.aborted) fail(asError(cause), signal);
			}
		};

		/** A refusal that names a channel is of that one, and the others go on. */
		const fail = (error: HoldfastError, signal: AbortSignal) => {
			const { channel } = error;
			if (error.passing || (channel && !sinks.has(channel))) return told.lost(error);
			for (const [name, sink] of [...sinks]) {
				if ((channel ?? name) !== name) continue;
				sinks.delete(name);
				sink.refuse(error);
			}
			// What was refused may have been all that was wanted.
			if (!signal.aborted) check();
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
