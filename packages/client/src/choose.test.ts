import type { Cursor } from "@holdfast/protocol";
import { describe, expect, test } from "vitest";
import { HoldfastError } from "./error.ts";
import { best, choosing, keep, names, newest, openOnes } from "./testing/choosing.ts";
import { silent } from "./testing/fake-link.ts";

describe("to open", () => {
	test("it tries the best way first, and the next one beside it after 300 ms", () => {
		const { time, links } = choosing();
		expect(names(links)).toEqual(["websocket"]);
		time.pass(299);
		expect(names(links)).toEqual(["websocket"]);
		time.pass(1);
		expect(names(links)).toEqual(["websocket", "sse"]);
		time.pass(300);
		expect(names(links)).toEqual([...best]);
		expect(links.some(({ closed }) => closed)).toBe(false);
	});

	test("one that fails gives its place to the next one at once", () => {
		const { links, events } = choosing();
		newest(links).lose();
		expect(names(links)).toEqual(["websocket", "sse"]);
		expect(events).toEqual([]);
	});

	test("the first to open is used, and no other one is tried after it", () => {
		const { time, links, events } = choosing();
		time.pass(300);
		newest(links, "sse").open();
		expect(events).toContain("opened sse");
		time.pass(5000);
		expect(names(links)).toEqual(["websocket", "sse"]);
		expect(newest(links, "sse").closed).toBe(false);
	});

	test("what worked last, here or before a reload, is tried first", () => {
		const favourite = keep("long-poll");
		const { links, again } = choosing(best, favourite);
		expect(names(links)).toEqual(["long-poll"]);
		newest(links).lose();
		newest(links, "websocket").open();
		expect(favourite.name).toBe("websocket");
		newest(links).lose();
		again();
		expect(newest(links).name).toBe("websocket");
	});

	test("a favourite that is no way of this client is as none", () => {
		expect(names(choosing(best, keep("carrier-pigeon")).links)).toEqual(["websocket"]);
	});

	test("a way that was cut three times soon after it had opened is tried after the others", () => {
		const { time, links, again } = choosing();
		for (let i = 0; i < 3; i++) {
			expect(newest(links).name).toBe("websocket");
			newest(links).open();
			time.pass(2000);
			newest(links).lose();
			again();
		}
		expect(newest(links).name).toBe("sse");
	});

	test("that is forgiven when a link of it has lasted a minute", () => {
		const { time, links, again } = choosing();
		for (const lived of [2000, 2000, 60_000, 2000, 2000]) {
			newest(links).open();
			time.pass(lived);
			newest(links).lose();
			again();
			expect(newest(links).name).toBe("websocket");
		}
	});

	test("where every way fails it is lost, once", () => {
		const { time, links, events } = choosing();
		for (const name of best) newest(links, name).lose();
		expect(events).toEqual(["lost"]);
		time.pass(700_000);
		expect(names(links)).toEqual([...best]);
		expect(time.timers).toBe(0);
	});

	test("where the server asks to stay away, no other way is tried, and those that are being opened are given up", () => {
		const { time, links, events } = choosing();
		time.pass(300);
		newest(links, "sse").lose(5000);
		expect(events).toEqual(["lost 5000"]);
		expect(links.every(({ name, closed }) => closed || name === "sse")).toBe(true);
		time.pass(60_000);
		expect(names(links)).toEqual(["websocket", "sse"]);
	});
});

test("what a link hears is heard, and each answer of one is a sign of life", () => {
	const { links, events } = choosing(["long-poll"]);
	newest(links).open();
	newest(links).open();
	newest(links).told.heard();
	expect(events.filter((event) => event === "heard")).toHaveLength(3);
	expect(events.filter((event) => event.startsWith("opened"))).toHaveLength(1);
});

test("what is followed, left, published and checked goes to the link in use", async () => {
	const { links, link } = choosing();
	link.follow("chat", silent);
	link.follow("news", silent);
	const used = newest(links);
	Object.assign(used, { publish: async () => ({ id: "a-1" }) });
	expect(link.publish?.({ channel: "chat", data: 1, idempotencyKey: "k" })).toBe(undefined);
	used.open();
	expect(await link.publish?.({ channel: "chat", data: 1, idempotencyKey: "k" })).toEqual({ id: "a-1" });
	link.leave("news");
	expect([...used.sinks.keys()]).toEqual(["chat"]);
	link.check();
	expect(used.checks).toBe(1);
});

test("closed, it leaves no link and no timer", () => {
	for (const ms of [0, 300, 600]) {
		const { time, links, link } = choosing();
		time.pass(ms);
		link.close();
		expect([openOnes(links), time.timers]).toEqual([[], 0]);
	}
	const { time, links, link } = choosing();
	newest(links).lose();
	newest(links, "sse").open();
	time.pass(20_000);
	expect(openOnes(links)).toEqual(["sse", "websocket"]);
	link.close();
	expect([openOnes(links), time.timers]).toEqual([[], 0]);
});

test("what comes over any link is told as it is", () => {
	const { time, links, link } = choosing(["websocket", "sse"]);
	const told: unknown[] = [];
	link.follow("chat", {
		...silent,
		begun: (place: Cursor) => told.push(place.offset),
		message: ({ id }) => told.push(id),
		refuse: ({ code }) => told.push(code),
	});
	newest(links).lose();
	newest(links, "sse").serve();
	time.pass(15_000);
	newest(links, "sse").sinks.get("chat")?.begun({ epoch: "a", offset: 7 });
	newest(links, "sse").sinks.get("chat")?.message({ id: "a-8", channel: "chat", data: 1, time: 0 });
	newest(links, "websocket").sinks.get("chat")?.message({ id: "a-8", channel: "chat", data: 1, time: 0 });
	newest(links, "websocket").sinks.get("chat")?.refuse(new HoldfastError("forbidden"));
	expect(told).toEqual([7, "a-8", "a-8", "forbidden"]);
});
