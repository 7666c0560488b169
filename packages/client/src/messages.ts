import type { Channel, SubscribeOptions } from "./channel.ts";
import { closed, type HoldfastError } from "./error.ts";
import type { Message } from "./message.ts";

export interface MessagesOptions extends SubscribeOptions {
	/** Ends the loop quietly. */
	readonly signal?: AbortSignal | undefined;
}

/** See `FullChannel.messages`. */
export async function* messages<T>(
	subscribe: Channel<T>["subscribe"],
	{ signal, ...options }: MessagesOptions = {},
): AsyncGenerator<Message<T>, void> {
	let next: [message: Message<T>, handled: () => void] | undefined;
	let ended: HoldfastError | undefined;
	let wake = (): void => undefined;
	const take = (message: Message<T>) =>
		new Promise<void>((handled) => {
			next = [message, handled];
			wake();
		});
	const onEnd = (error: HoldfastError) => {
		ended ??= error;
		options.onEnd?.(error);
		wake();
	};
	const abort = () => onEnd(closed());
	const leave = subscribe(take, { ...options, onEnd });
	signal?.addEventListener("abort", abort);
	if (signal?.aborted) abort();
	try {
		while (ended === undefined) {
			const taken = next as typeof next;
			if (taken === undefined) {
				await new Promise<void>((resolve) => {
					wake = resolve;
				});
			} else {
				yield taken[0];
				next = undefined;
				taken[1]();
			}
		}
		if ((ended as HoldfastError).code !== "closed") throw ended;
	} finally {
		signal?.removeEventListener("abort", abort);
		leave();
	}
}
