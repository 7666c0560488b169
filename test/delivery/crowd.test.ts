import { expect, test } from "vitest";
import { publish } from "./publishing.ts";
import { inWorld, stores } from "./stores.ts";

const crowd = 10_000;

test.each(stores)("on $name: while ten thousand readers are woken, another's request is answered", (store) =>
	inWorld(store, async (world) => {
		let woken = 0;
		let answeredAfter = 0;
		let begun: Promise<void> | undefined;
		const ask = async () => {
			expect((await world.request("/v1/channels/elsewhere/messages")).status).toBe(200);
			answeredAfter = woken;
		};
		const message = () => {
			woken++;
			begun ??= ask();
		};
		const subscriptions = Array.from({ length: crowd }, () => world.holdfast.subscribe("chat", { message }));
		await Promise.all(subscriptions.map(({ ready }) => ready));
		await publish(world, "chat", "wake");
		while (woken < crowd) await new Promise((resolve) => setImmediate(resolve));
		await begun;
		expect(answeredAfter).toBeGreaterThan(0);
		expect(answeredAfter).toBeLessThan(crowd);
		for (const subscription of subscriptions) subscription.close();
	})(),
);
