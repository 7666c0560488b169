/** The load generator, a process of its own: readers that count, publishers that wait for their answers. */
import { answer } from "../run/calls.ts";
import type { Traffic } from "./connection.ts";
import { Drive, type Load, type Ran } from "./drive.ts";
import { type CatchUp, type CaughtUp, catchUp } from "./past.ts";
import { type Stalled, stall } from "./stalled.ts";
import { type Subscription, subscribe } from "./subscribers.ts";
import { Tally } from "./tally.ts";
import { type Visits, visit } from "./visitors.ts";

const tally = new Tally();
const traffic: Traffic = { bytes: 0 };
let next = 0;
let stopVisits: () => void = () => {};

const calls = {
	/** Adds readers: the one of `channels` at the same place says to which channel. */
	async subscribe({
		subscriptions,
		channels,
	}: {
		subscriptions: readonly Subscription[];
		channels: readonly number[];
	}): Promise<void> {
		await subscribe(subscriptions, traffic, (subscription) => {
			const reader = tally.add(channels[subscription] as number);
			return {
				message: (number, at) => tally.take(reader, number, at),
				lost: (reason) => tally.fault(`reader ${reader} lost its connection: ${reason}`),
			};
		});
	},
	async load(load: Load): Promise<Ran & { readonly first: number; readonly bytes: number }> {
		const bytes = traffic.bytes;
		const first = next;
		const drive = new Drive(tally, load, first);
		const ran = await drive.run();
		next = drive.next;
		return { ...ran, first, bytes: traffic.bytes - bytes };
	},
	catchUp: (asked: CatchUp): Promise<CaughtUp> => catchUp(asked),
	stall: (stalled: Stalled): Promise<void> => stall(stalled),
	visit(visits: Visits): void {
		stopVisits = visit(visits);
	},
	endVisits(): void {
		stopVisits();
	},
};

export type GeneratorCalls = typeof calls;

answer(calls);
