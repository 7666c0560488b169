/** The load generator, a process of its own: readers that count, publishers that wait for their answers. */
import { connect, type Socket } from "node:net";
import { answer } from "../run/calls.ts";
import { type Published, type Publishing, publish } from "./publishers.ts";
import { Subscribers, type Subscription } from "./subscribers.ts";

export interface Received {
	readonly deliveries: number;
	/** What was lost, repeated or out of order; empty in a run that counts. */
	readonly faults: readonly string[];
}

let control: Socket | undefined;
const count = Buffer.alloc(4);
const subscribers = new Subscribers((completed) => {
	count.writeUInt32BE(completed);
	control?.write(Buffer.from(count));
});

const calls = {
	/** Confirmations go to this port of the server's process. */
	confirmTo(port: number): Promise<void> {
		return new Promise((resolve, reject) => {
			control = connect({ host: "127.0.0.1", port, noDelay: true }, resolve).on("error", reject);
		});
	},
	subscribe: (subscription: Subscription): Promise<void> => subscribers.add(subscription),
	received: (): Received => ({ deliveries: subscribers.tally.received, faults: subscribers.tally.faults }),
	publish: (publishing: Publishing): Promise<Published> => publish(publishing),
};

export type GeneratorCalls = typeof calls;

answer(calls);
