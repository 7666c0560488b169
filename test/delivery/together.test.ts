/** Readers of all ways beside each other, and one reader that goes from way to way. */
import { allWays, type TestReader, type Way, type Where } from "@holdfast/server/testing";
import { describe, expect, test } from "vitest";
import { numbers, publishOn } from "./publishing.ts";
import { inWorld, stores } from "./stores.ts";

const setWays = allWays.filter(({ sets }) => sets);

/** A walk in which each way follows each. */
function walkOf(ways: readonly Way[]): Way[] {
	return ways.flatMap((from) => ways.flatMap((to) => [from, to]));
}

describe.each(stores)("on $name", (store) => {
	test(
		"all readers, on all ways, see the same messages in the same order, whoever published them",
		inWorld(store, async (world) => {
			const readers: TestReader[] = [];
			for (const way of [...allWays, ...allWays]) readers.push(await world.open(way, { channels: ["chat"] }));
			const publishers = numbers(0, 4);
			await Promise.all(
				publishers.map(async (publisher) => {
					for (const n of numbers(0, 25)) await world.publish("chat", [publisher, n]);
				}),
			);
			const late = await Promise.all(allWays.map((way) => world.open(way, { channels: ["chat"], after: "first" })));
			const seen = await Promise.all([...readers, ...late].map((reader) => reader.take(100)));
			for (const order of seen) expect(order).toEqual(seen[0]);
			for (const publisher of publishers) {
				const own = (seen[0] as number[][]).filter(([from]) => from === publisher).map(([, n]) => n);
				expect(own).toEqual(numbers(0, 25));
			}
		}),
	);

	test(
		"a reader goes from each way to each other by its cursor alone, while messages are published: none lost, none twice",
		inWorld(store, async (world) => {
			const publisher = publishOn(world, "chat");
			const seen = await walk(world.open.bind(world), walkOf(allWays), { channels: ["chat"] });
			await publisher.stop();
			expect(seen.length).toBeGreaterThan(2 * allWays.length ** 2);
			expect(seen.map(({ data }) => data)).toEqual(numbers(0, seen.length));
		}),
	);

	// Run through the client there is none: it keeps each channel's own cursor, and no set's.
	if (setWays.length === 0) return;
	test(
		"and so does a reader of several channels, between the ways that read sets",
		inWorld(store, async (world) => {
			const publishers = ["a", "b"].map((channel) => publishOn(world, channel));
			const seen = await walk(world.open.bind(world), walkOf(setWays), { channels: ["a", "b"] });
			await Promise.all(publishers.map((publisher) => publisher.stop()));
			for (const name of ["a", "b"]) {
				const data = seen.filter(({ channel }) => channel === name).map((message) => message.data);
				expect(data.length).toBeGreaterThan(setWays.length ** 2);
				expect(data).toEqual(numbers(0, data.length));
			}
		}),
	);
});

/** Reads a little by each way in turn, each from where the last one stopped. */
async function walk(open: (way: Way, where: Where) => Promise<TestReader>, ways: readonly Way[], where: Where) {
	const seen: TestReader["messages"] = [];
	let after = "first";
	for (const way of ways) {
		const reader = await open(way, { ...where, after });
		await reader.take(2);
		after = reader.close();
		expect(reader.gaps).toEqual([]);
		seen.push(...reader.messages);
	}
	return seen;
}
