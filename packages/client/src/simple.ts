/** For scripts: open, send, receive, close. */
import type { PublishOptions, StartOptions } from "./channel.ts";
import { HoldfastError } from "./error.ts";
import { type ConnectOptions, connect } from "./index.ts";
import type { Message } from "./message.ts";
import { realEnvironment } from "./real-environment.ts";
import type { Stored } from "./way.ts";

export interface ScriptSocket<T> {
	/** Resolves when it is stored. */
	send(data: T, options?: PublishOptions): Promise<Stored>;
	/**
	 * The next message; messages that nobody asked for yet wait. `timeout` in milliseconds; without it, as long as it takes.
	 *
	 * @throws HoldfastError `timed_out` when none came, `closed` after `close()`, or the code that refused the channel.
	 */
	receive(options?: { readonly timeout?: number }): Promise<Message<T>>;
	close(): void;
}

/** Resolves when what is published from now on will be received. @throws HoldfastError when the server refuses the channel. */
export async function open<T = unknown>(
	url: string,
	channel: string,
	options: ConnectOptions & StartOptions = {},
): Promise<ScriptSocket<T>> {
	const { environment = realEnvironment, after, last, ...rest } = options;
	const holdfast = connect(url, { environment, ...rest });
	const chat = holdfast.channel<T>(channel);
	const start = { after, last };
	let begun = (): void => undefined;
	const beginning = new Promise<void>((resolve) => {
		begun = resolve;
	});
	const messages = chat.messages({ ...start, onBegin: () => begun() });
	// Asked for and not received yet. The first begins the reading.
	const asked = [messages.next()];
	await Promise.race([beginning, asked[0]]).catch((error: unknown) => {
		holdfast.close();
		throw error;
	});
	return {
		send: (data, how) => chat.publish(data, how),
		async receive({ timeout } = {}) {
			const next = asked.shift() ?? messages.next();
			const { promise, cancel } = timer(environment.after, timeout);
			try {
				const { value, done } = await Promise.race([next, promise]);
				if (done || value === undefined) throw new HoldfastError("closed", "The socket was closed.", { channel });
				return value;
			} catch (error) {
				if (error instanceof HoldfastError && error.code === "timed_out") asked.push(next);
				throw error;
			} finally {
				cancel();
			}
		},
		close: () => holdfast.close(),
	};
}

function timer(after: (ms: number, run: () => void) => () => void, ms: number | undefined) {
	let cancel = (): void => undefined;
	const promise = new Promise<never>((_, reject) => {
		if (ms !== undefined) cancel = after(ms, () => reject(new HoldfastError("timed_out", `Nothing came in ${ms} ms.`)));
	});
	return { promise, cancel: () => cancel() };
}
