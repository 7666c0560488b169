/** What a server that was killed has kept, against what was acknowledged. */
import type { WireMessage } from "@holdfast/server/testing";
import { expect } from "vitest";
import { ask } from "../support/http.ts";
import type { Acknowledged } from "./publishers.ts";

/** The whole log, of which nothing is missing. */
export async function readAll(url: string, channel: string): Promise<readonly WireMessage[]> {
	const all: WireMessage[] = [];
	let after = "first";
	for (let more = true; more; ) {
		const { json } = await ask(`${url}/v1/channels/${channel}/messages?after=${after}&limit=1000`);
		expect(json).not.toHaveProperty("gap");
		all.push(...json.messages);
		({ next: after, more } = json);
	}
	return all;
}

/** Everything that was acknowledged is there, as what it was acknowledged as; all of it once, without a hole, in one epoch. */
export function expectKept(log: readonly WireMessage[], acknowledged: Acknowledged): void {
	const places = new Map(log.map(({ id, data }) => [data as string, id]));
	expect([places.size, log.length]).toEqual([log.length, acknowledged.size]);
	for (const [name, id] of acknowledged)
		if (places.get(name) !== id) throw new Error(`${name} was acknowledged as ${id} and is ${places.get(name)}`);
	const [epoch] = log[0]?.id.split("-") ?? [];
	expect(log.map(({ id }) => id)).toEqual(log.map((_, i) => `${epoch}-${i + 1}`));
}
