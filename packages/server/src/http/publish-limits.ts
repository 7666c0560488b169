import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { HoldfastError } from "@holdfast/protocol";
import type { Draft } from "../log/log.ts";
import type { Addresses, Client } from "./addresses.ts";
import { BoundedMap } from "./bounded-map.ts";
import { Limit, type Limiting, mostKnown } from "./limit.ts";
import { connectionOf } from "./peer.ts";

/** Who publishes, before it is known who that is. */
export interface Sender {
	readonly socket: Socket;
	readonly client: Client;
}

/**
 * How much may be published: of messages and of bytes, by a connection, an address, a subject, and to a channel. Whoever has any
 * token left may publish, a batch or a large message too, and pays it off afterwards: it costs what its messages cost one
 * by one, without having to fit the bucket.
 */
export class PublishLimits {
	readonly #addresses: Addresses;
	readonly #perConnection: Limit<Socket>;
	readonly #perIp: Limit<string>;
	readonly #bytesPerIp: Limit<string>;
	readonly #perSubject: Limit<string>;
	readonly #bytesPerSubject: Limit<string>;
	readonly #perChannel: Limit<string>;
	readonly #bytesPerChannel: Limit<string>;

	constructor(limiting: Limiting, addresses: Addresses) {
		this.#addresses = addresses;
		const known = () => new BoundedMap(mostKnown);
		const messages = (who: string) => (rate: number) => `${who} ${rate} messages a second.`;
		const bytes = (who: string) => (rate: number) => `${who} ${rate} bytes a second.`;
		const [one, address, subject, channel] = [
			"A connection may publish",
			"An address may publish",
			"A user may publish",
			"A channel takes",
		];
		this.#perConnection = new Limit(limiting, "publishRate", new WeakMap<Socket, number>(), messages(one));
		this.#perIp = new Limit(limiting, "publishRatePerIp", known(), messages(address));
		this.#bytesPerIp = new Limit(limiting, "publishBytesPerIp", known(), bytes(address));
		this.#perSubject = new Limit(limiting, "publishRatePerSubject", known(), messages(subject));
		this.#bytesPerSubject = new Limit(limiting, "publishBytesPerSubject", known(), bytes(subject));
		this.#perChannel = new Limit(limiting, "publishRatePerChannel", known(), messages(channel));
		this.#bytesPerChannel = new Limit(limiting, "publishBytesPerChannel", known(), bytes(channel));
	}

	senderOf(request: IncomingMessage): Sender {
		return { socket: connectionOf(request), client: this.#addresses.clientOf(request) };
	}

	/**
	 * Before anything costly: takes one message of the connection and the address.
	 *
	 * @throws HoldfastError `rate_limited`.
	 */
	admit(sender: Sender): void {
		const { socket, client } = sender;
		const { network, isLoopback } = client;
		const refusal =
			this.#perConnection.refusal(socket, isLoopback) ??
			this.#perIp.refusal(network, isLoopback) ??
			this.#bytesPerIp.refusal(network, isLoopback);
		if (refusal !== undefined) throw refusal;
		this.pay(sender, 1, 0);
	}

	/** What has come of the connection and the address besides the message that was admitted. */
	pay({ socket, client: { network, isLoopback } }: Sender, messages: number, bytes: number): void {
		this.#perConnection.take(socket, messages, isLoopback);
		this.#perIp.take(network, messages, isLoopback);
		this.#bytesPerIp.take(network, bytes, isLoopback);
	}

	/** What each draft costs the subject and its channel; for one that is over a limit, its refusal. */
	charge({ client }: Sender, subject: string | undefined, drafts: readonly Draft[]): readonly (HoldfastError | undefined)[] {
		const { isLoopback } = client;
		const ofSubject = this.#perSubject.refusal(subject, isLoopback) ?? this.#bytesPerSubject.refusal(subject, isLoopback);
		// All are looked at before any is paid for.
		const refusals = drafts.map(
			({ channel }) =>
				ofSubject ?? this.#perChannel.refusal(channel, isLoopback) ?? this.#bytesPerChannel.refusal(channel, isLoopback),
		);
		for (const [i, { channel, data }] of drafts.entries()) {
			if (refusals[i] !== undefined) continue;
			this.#perSubject.take(subject, 1, isLoopback);
			this.#bytesPerSubject.take(subject, data.length, isLoopback);
			this.#perChannel.take(channel, 1, isLoopback);
			this.#bytesPerChannel.take(channel, data.length, isLoopback);
		}
		return refusals;
	}
}
