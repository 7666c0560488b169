import { expect, test } from "vitest";
import { Cost } from "./costs.ts";

test("requests and bytes add up, each way by itself", () => {
	const cost = new Cost();
	cost.add({ direction: "up", text: "", bytes: 100, request: true });
	cost.add({ direction: "down", text: "", bytes: 7 });
	cost.add({ direction: "down", text: "", bytes: 5 });
	expect(cost).toMatchObject({ requests: 1, up: 100, down: 12 });
});

test("the delay is the median of the last fifty, and never below nothing", () => {
	const cost = new Cost();
	expect(cost.latency).toBeUndefined();
	cost.late(-40);
	expect(cost.latency).toBe(0);
	for (let ms = 1; ms <= 200; ms++) cost.late(ms);
	expect(cost.latency).toBe(176);
});
