/** A reader that does not read costs the server a bounded buffer, the others nothing, and itself no message. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { diagnostics } from "@holdfast/server";
import { type TestReader, type World, wireWays } from "@holdfast/server/testing";
import { expect, test } from "vitest";
import { numbers } from "./publishing.ts";
import { inWorld, stores } from "./stores.ts";

const stallTimeout = 400;
const outboundBytes = 64 * 1024;

/** More than the kernel's buffers of one connection take, in messages that are no multiple of a page. */
const text = "x".repeat(24_000);

interface SlowReaders {
	readonly count: number;
	stop(): void;
}

function countSlow(): SlowReaders {
	let count = 0;
	const told = () => {
		count++;
	};
	const { name } = diagnostics.slowReader;
	subscribe(name, told);
	return {
		get count() {
			return count;
		},
		stop: () => unsubscribe(name, told),
	};
}

/** Publishes until `done`; the number of messages, and the most that any connection had queued meanwhile. */
async function publishUntil(world: World, done: () => boolean): Promise<{ count: number; queued: number }> {
	let queued = 0;
	let count = 0;
	while (!done()) {
		await world.holdfast.publish("chat", [count++, text]);
		for (const socket of world.sockets) queued = Math.max(queued, socket.writableLength);
		await new Promise((resolve) => setImmediate(resolve));
	}
	return { count, queued };
}

const order = (reader: TestReader) => reader.messages.map(({ data }) => (data as [number])[0]);

test.each(stores)(
	"on $name: fast readers get all in time; slow ones are sent away resumably, lose nothing, and never queue more than their share",
	(store) =>
		inWorld(
			store,
			async (world) => {
				const slow = countSlow();
				const stalled = await Promise.all(
					wireWays
						.filter(({ stays }) => stays)
						.map(async (way) => ({ way, reader: await world.open(way, { channels: ["chat"] }) })),
				);
				for (const { reader } of stalled) reader.pause();
				const fast = await Promise.all(wireWays.map((way) => world.open(way, { channels: ["chat"] })));

				const { count, queued } = await publishUntil(world, () => slow.count === stalled.length);
				slow.stop();
				expect(queued).toBeGreaterThan(0);
				expect(queued).toBeLessThanOrEqual(outboundBytes);
				for (const reader of fast) {
					await reader.take(count);
					expect(order(reader)).toEqual(numbers(0, count));
				}

				for (const { way, reader } of stalled) {
					reader.resume();
					await reader.until(() => reader.ended !== undefined, "the end").catch(() => undefined);
					expect([way.name, reader.ended]).toEqual([way.name, way.name === "SSE" ? "slow" : "4008"]);
					expect(reader.messages.length).toBeGreaterThan(0);
					expect(reader.messages.length).toBeLessThan(count);
					const again = await world.open(way, { channels: ["chat"], after: reader.close() });
					await again.take(count - reader.messages.length);
					expect([...order(reader), ...order(again)]).toEqual(numbers(0, count));
					expect(again.gaps).toEqual([]);
				}
			},
			{ options: { stallTimeout, outboundBytes } },
		)(),
);

test.each(stores)(
	"on $name: a reader that stalls for less than the time allowed goes on by itself, and has lost nothing",
	(store) =>
		inWorld(
			store,
			async (world) => {
				const slow = countSlow();
				for (const way of wireWays.filter(({ stays }) => stays)) {
					const reader = await world.open(way, { channels: [`chat`] });
					reader.pause();
					let full = 0;
					// On well past the moment when it is full, so that it is late by many pages.
					const { count } = await publishUntil(world, () => {
						if (full > 0 || [...world.sockets].some((socket) => socket.writableLength > 0)) full++;
						return full === 30;
					});
					reader.resume();
					await reader.take(count);
					expect(order(reader)).toEqual(numbers(0, count));
					expect(reader.lives).toBe(1);
					reader.close();
				}
				expect(slow.count).toBe(0);
				slow.stop();
			},
			{ options: { stallTimeout: 20_000, outboundBytes } },
		)(),
);
