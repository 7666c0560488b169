/** All that can be done with a channel. */
import { type Channel, createChannel, type Host, type StartOptions, startOf } from "./channel.ts";
import { type Message, unwrap } from "./message.ts";
import { type MessagesOptions, messages } from "./messages.ts";
import { type ChannelOptions, fitting } from "./schema.ts";

export interface FullChannel<T = unknown> extends Channel<T> {
	/**
	 * The messages, one by one: the next is taken when the loop comes back for it, and then the one before counts as
	 * handled. It begins with the loop, ends quietly with `signal` or `close()`, and throws when the server refuses the channel.
	 */
	messages(options?: MessagesOptions): AsyncGenerator<Message<T>, void>;
	/** Messages that are kept: the newest `last`, at most 1000, or as many after a cursor. */
	history(options?: StartOptions): Promise<Message<T>[]>;
}

export function createFullChannel<T>(host: Host, name: string, options: ChannelOptions<T> = {}): FullChannel<T> {
	const accept = fitting(options);
	const any = createChannel<unknown>(host, name);
	const subscribe: Channel<T>["subscribe"] = (onMessage, how) => any.subscribe((message) => accept(message, onMessage), how);
	return {
		...any,
		subscribe,
		messages: (how) => messages(subscribe, how),
		async history({ last = 100, after } = {}) {
			const fit: Message<T>[] = [];
			for (const message of (await host.read(name, startOf({ after, last }), last)).messages) {
				await accept(unwrap(message), (one) => fit.push(one));
			}
			return fit;
		},
	};
}
