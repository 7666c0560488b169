import type { World } from "@holdfast/server/testing";
import { expect } from "vitest";

export interface Receipt {
	readonly id: string;
	readonly channel: string;
	readonly time: number;
}

export function numbers(from: number, count: number): number[] {
	return Array.from({ length: count }, (_, i) => from + i);
}

/** Publishes one after the other over HTTP; the receipts. */
export async function publishAll(world: World, channel: string, data: readonly unknown[]): Promise<Receipt[]> {
	const receipts: Receipt[] = [];
	for (const one of data) receipts.push(await publish(world, channel, one));
	return receipts;
}

export async function publish(world: World, channel: string, data: unknown): Promise<Receipt> {
	const answer = await world.publish(channel, data);
	expect(answer.status).toBe(201);
	return answer.json() as Receipt;
}

/** Publishes 0, 1, 2 … until it is stopped, in process, so that nothing but the log sets the pace. */
export function publishOn(world: World, channel: string): { stop(): Promise<number> } {
	let stopped = false;
	let count = 0;
	const run = async () => {
		for (; !stopped; count++) {
			await world.holdfast.publish(channel, count);
			await new Promise((resolve) => setTimeout(resolve, 1));
		}
		return count;
	};
	const done = run();
	return {
		stop() {
			stopped = true;
			return done;
		},
	};
}
