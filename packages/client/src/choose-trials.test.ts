import { describe, expect, test } from "vitest";
import { choosing, names, newest, openOnes } from "./testing/choosing.ts";
import { silent } from "./testing/fake-link.ts";
import type { TransportName } from "./way.ts";

describe("a better way", () => {
	/** SSE is in use, since the WebSocket failed at once. */
	function onSecond() {
		const all = choosing(["websocket", "sse"]);
		all.link.follow("chat", silent);
		all.link.follow("news", silent);
		newest(all.links).lose();
		newest(all.links, "sse").serve();
		return all;
	}

	test("that was only slow is used when it opens", () => {
		const { time, links, events, link } = choosing();
		link.follow("chat", silent);
		time.pass(300);
		newest(links, "sse").serve();
		time.pass(200);
		newest(links, "websocket").serve();
		expect(events.filter((event) => event.startsWith("opened"))).toEqual(["opened sse", "opened websocket"]);
		expect(openOnes(links)).toEqual(["websocket"]);
	});

	test.each([
		[0, 15_000],
		[0.999, 29_985],
	])("is tried beside the one in use after 15 to 30 s", (chance, due) => {
		const all = choosing(["websocket", "sse"]);
		all.time.chance = chance;
		newest(all.links).lose();
		newest(all.links, "sse").serve();
		all.time.pass(due - 1);
		expect(openOnes(all.links)).toEqual(["sse"]);
		all.time.pass(1);
		expect(openOnes(all.links)).toEqual(["sse", "websocket"]);
	});

	test("is tried again after twice as long each time, up to 10 minutes", () => {
		const { time, links, events } = onSecond();
		time.chance = 1;
		const gaps: number[] = [];
		for (let since = time.at; gaps.length < 7; since = time.at) {
			const before = links.length;
			while (links.length === before) time.pass(500);
			gaps.push(newest(links).openedAt - since);
			newest(links).lose();
		}
		// The first was waited for when there was no chance to it.
		expect(gaps.slice(1)).toEqual([60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
		expect(events.filter((event) => event !== "heard")).toEqual(["opened sse"]);
	});

	test("is tried soon again after it was used: what went before counts no more", () => {
		const { time, links, again } = onSecond();
		for (let i = 0; i < 4; i++) {
			const before = links.length;
			while (links.length === before) time.pass(1000);
			if (i < 3) newest(links).lose();
		}
		newest(links, "websocket").serve();
		newest(links, "websocket").lose();
		again();
		newest(links, "websocket").lose();
		newest(links, "sse").serve();
		const { at } = time;
		while (newest(links).name !== "websocket" || newest(links).closed) time.pass(1000);
		expect(time.at - at).toBeLessThanOrEqual(30_000);
	});

	test("that was slow and then fails changes nothing: another one is tried when it is due", () => {
		const { time, links, link } = choosing(["websocket", "sse"]);
		link.follow("chat", silent);
		const slow = newest(links);
		time.pass(300);
		newest(links, "sse").serve();
		time.pass(15_000);
		expect(openOnes(links)).toEqual(["websocket", "sse", "websocket"]);
		slow.lose();
		time.pass(9999);
		expect(openOnes(links)).toEqual(["sse", "websocket"]);
		time.pass(1);
		expect(openOnes(links)).toEqual(["sse"]);
	});

	test("that has not opened after 10 s is given up, and the link in use stays", () => {
		const { time, links, events } = onSecond();
		time.pass(15_000);
		const trial = newest(links, "websocket");
		time.pass(9999);
		expect(trial.closed).toBe(false);
		time.pass(1);
		expect(trial.closed).toBe(true);
		expect(openOnes(links)).toEqual(["sse"]);
		expect(events.filter((event) => event !== "heard")).toEqual(["opened sse"]);
	});

	test("that has opened and does not catch up in that time is given up too: it may be dead", () => {
		const { time, links } = onSecond();
		time.pass(15_000);
		const trial = newest(links, "websocket");
		trial.open();
		trial.live("chat");
		time.pass(10_000);
		expect([trial.closed, openOnes(links)]).toEqual([true, ["sse"]]);
		time.pass(30_000);
		expect(openOnes(links)).toEqual(["sse", "websocket"]);
	});

	test("that fails leaves the link in use alone", () => {
		const { time, links, events } = onSecond();
		time.pass(15_000);
		newest(links, "websocket").lose(3000);
		expect(openOnes(links)).toEqual(["sse"]);
		expect(events.filter((event) => event !== "heard")).toEqual(["opened sse"]);
	});

	test("is changed over to when it has caught up in every channel, and not before", () => {
		const { time, links, events, link } = onSecond();
		const old = newest(links, "sse");
		time.pass(15_000);
		const trial = newest(links, "websocket");
		expect([...trial.sinks.keys()]).toEqual(["chat", "news"]);
		trial.open();
		trial.live("chat");
		expect([old.closed, events.includes("opened websocket")]).toEqual([false, false]);
		expect(link.publish).toBeDefined();
		trial.live("news");
		expect([old.closed, events.includes("opened websocket")]).toEqual([true, true]);
	});

	test("is not kept waiting by a channel that has been left", () => {
		const { time, links, events, link } = onSecond();
		time.pass(15_000);
		const trial = newest(links, "websocket");
		trial.open();
		trial.live("chat");
		link.leave("news");
		expect(trial.sinks.has("news")).toBe(false);
		expect(events).toContain("opened websocket");
	});

	test("must catch up too in a channel that is followed while it is tried", () => {
		const { time, links, events, link } = onSecond();
		time.pass(15_000);
		const trial = newest(links, "websocket");
		trial.open();
		link.follow("late", silent);
		trial.live("chat", "news");
		expect(events).not.toContain("opened websocket");
		trial.live("late");
		expect(events).toContain("opened websocket");
	});

	test("must catch up again where a channel is followed anew", () => {
		const { time, links, events, link } = onSecond();
		time.pass(15_000);
		const trial = newest(links, "websocket");
		trial.open();
		trial.live("chat");
		link.follow("chat", silent);
		trial.live("news");
		expect(trial.asked).toEqual(["chat", "news", "chat"]);
		expect(newest(links, "sse").asked).toEqual(["chat", "news", "chat"]);
		expect(events).not.toContain("opened websocket");
		trial.live("chat");
		expect(events).toContain("opened websocket");
	});

	test("that is open takes over at once when the link in use is lost", () => {
		const { time, links, events } = onSecond();
		time.pass(15_000);
		newest(links, "websocket").open();
		newest(links, "sse").lose();
		expect(events.filter((event) => event !== "heard")).toEqual(["opened sse", "opened websocket"]);
		expect(openOnes(links).includes("websocket")).toBe(true);
	});

	test("that is still being opened then is given up with it: the loss is told, and all ways are tried anew", () => {
		const { time, links, events } = onSecond();
		time.pass(15_000);
		newest(links, "sse").lose();
		expect(events).toContain("lost");
		expect(newest(links, "websocket").closed).toBe(true);
		expect(time.timers).toBe(0);
	});

	test("is each of the better ones by turns", () => {
		const { time, links } = choosing();
		newest(links).lose();
		newest(links).lose();
		newest(links, "long-poll").open();
		const tried: TransportName[] = [];
		while (tried.length < 4) {
			const before = links.length;
			while (links.length === before) time.pass(1000);
			tried.push(newest(links).name);
			newest(links).lose();
		}
		expect(tried).toEqual(["websocket", "sse", "websocket", "sse"]);
	});

	test("there is none where the best is in use, and no timer for it", () => {
		const { time, links } = choosing();
		newest(links).open();
		expect(time.timers).toBe(0);
	});
});

describe("told to go", () => {
	test("it opens the same way beside after the delay, and leaves the old link when the new one has caught up", () => {
		const { time, links, events, link } = choosing();
		link.follow("chat", silent);
		const old = newest(links);
		old.serve();
		old.told.goaway(400);
		time.pass(399);
		expect(links).toHaveLength(1);
		time.pass(1);
		expect(names(links)).toEqual(["websocket", "websocket"]);
		newest(links).open();
		expect(old.closed).toBe(false);
		newest(links).live("chat");
		expect(old.closed).toBe(true);
		expect(events).not.toContain("goaway");
		expect(events).not.toContain("lost");
	});

	test("one that is not in use is no reason to open another", () => {
		const { time, links } = choosing(["websocket", "sse"]);
		newest(links).lose();
		newest(links, "sse").open();
		time.pass(15_000);
		newest(links, "websocket").told.goaway(0);
		time.pass(100);
		expect(names(links)).toEqual(["websocket", "sse", "websocket"]);
	});
});
