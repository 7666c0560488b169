import { expect, test } from "vitest";
import { memoryLog } from "../log/memory.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { Feed } from "./feed.ts";
import { oneChannel, type Places } from "./scope.ts";

/** Turns of the event loop end when a test says so. */
class StepClock extends ManualClock {
	readonly #soon: (() => void)[] = [];

	override soon(run: () => void): void {
		this.#soon.push(run);
	}

	turn(): void {
		for (const run of this.#soon.splice(0)) run();
	}
}

/** A feed with one reader, to whom each write takes 8 ms. */
async function slowFeed() {
	const clock = new StepClock();
	const log = memoryLog({ clock });
	const feed = new Feed(oneChannel("chat"), { log, clock, deliveryBytes: 1000, slice: 1 });
	await feed.start();
	const writes: string[] = [];
	const follower = {
		places: [(await log.describe("chat")).head] as Places,
		deliver: ({ page, places }: { page: { messages: readonly { data: string }[] }; places: Places }) => {
			writes.push(page.messages.map(({ data }) => data).join(" "));
			follower.places = places;
			clock.advance(8);
			return true;
		},
		catchUp: () => undefined,
		fresh: () => true,
	};
	follower.places = feed.join(follower) as Places;
	const publish = async (...data: readonly number[]) => {
		for (const one of data) await log.append([{ channel: "chat", data: String(one) }]);
	};
	return { clock, writes, publish };
}

test("when messages come faster than rounds end, the next round waits a moment and takes what has come by then", async () => {
	const { clock, writes, publish } = await slowFeed();
	await publish(1, 2);
	clock.turn();
	// That brought two and took 8 ms: a quarter of it is waited, in which another one comes.
	await publish(3);
	clock.turn();
	clock.advance(1);
	await publish(4);
	expect(writes).toEqual(["1 2"]);
	clock.advance(1);
	expect(writes).toEqual(["1 2", "3 4"]);
});

test("a message that comes alone is delivered at once, again and again", async () => {
	const { clock, writes, publish } = await slowFeed();
	for (const one of [1, 2, 3]) {
		await publish(one);
		clock.turn();
	}
	expect(writes).toEqual(["1", "2", "3"]);
});

test("a feed that stood still for a while delivers at once", async () => {
	const { clock, writes, publish } = await slowFeed();
	await publish(1, 2);
	clock.turn();
	clock.advance(1000);
	await publish(3);
	clock.turn();
	expect(writes).toEqual(["1 2", "3"]);
});
