import { beforeEach, expect, test } from "vitest";
import { memoryLog } from "../log/memory.ts";
import { resolveOptions, serverOptions } from "../options.ts";
import { HeldLog } from "../testing/held-log.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { PageTransport } from "../testing/page-transport.ts";
import { Hub } from "./hub.ts";
import { oneChannel } from "./scope.ts";

let log: HeldLog;
let hub: Hub;

beforeEach(() => {
	const clock = new ManualClock();
	log = new HeldLog(memoryLog({ clock }));
	hub = new Hub(log, clock, resolveOptions(serverOptions, {}));
});

async function follow(): Promise<PageTransport> {
	const transport = new PageTransport();
	const where = { scope: oneChannel("chat"), starts: ["first" as const], kind: "sse" as const };
	await hub.follow({ ...where, transport, opened: () => undefined }).begun;
	return transport;
}

const publish = (data: unknown) => log.append([{ channel: "chat", data: JSON.stringify(data) }]);

/** Lets everything that is under way end. */
async function turns(count = 5): Promise<void> {
	for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

const freshAt = (offset: number) => expect.stringMatching(new RegExp(`^fresh .*-${offset}$`));

test("readers are told at once that the log is away, and that it is back when they have what came meanwhile", async () => {
	await publish(0);
	const live = await follow();
	const late = await follow();
	log.freshness.set(false);
	expect([live.lives.slice(1), late.lives.slice(1)]).toEqual([["stale"], ["stale"]]);
	late.writable = false;
	await publish(1);
	log.freshness.set(true);
	const had: unknown[] = [];
	live.took = () => {
		had.push(live.data.length, live.lives.length);
		return true;
	};
	await turns();
	expect(had).toEqual([2, 2, 2, 3]);
	expect(live.lives.slice(1)).toEqual(["stale", freshAt(2)]);
	expect(late.lives.slice(1)).toEqual(["stale"]);
	const hold = log.holdRead("answered");
	late.drain();
	await hold.reached;
	await turns();
	expect(late.lives.slice(1)).toEqual(["stale"]);
	hold.release();
	await turns();
	expect([late.data, late.lives.slice(1)]).toEqual([
		[0, 1],
		["stale", freshAt(2)],
	]);
});

test("who is full when it changes is told when there is room, and nobody is told what has not changed", async () => {
	const [transport, other] = [await follow(), await follow()];
	transport.writable = false;
	log.freshness.set(false);
	await turns();
	expect(transport.lives.slice(1)).toEqual([]);
	transport.drain();
	await turns();
	expect(transport.lives.slice(1)).toEqual(["stale"]);
	transport.writable = false;
	log.freshness.set(true);
	await turns();
	expect(transport.lives.slice(1)).toEqual(["stale"]);
	transport.drain();
	await turns();
	expect(transport.lives.slice(1)).toEqual(["stale", freshAt(0)]);
	expect(other.lives.slice(1)).toEqual(["stale", freshAt(0)]);

	// Away again before it could be told that it was back.
	for (const fresh of [false, true, false]) log.freshness.set(fresh);
	await turns();
	expect(transport.lives.slice(3)).toEqual(["stale"]);
});

test("who begins while the log is away is told so, and many are told in slices", async () => {
	log.freshness.set(false);
	const transports = await Promise.all(Array.from({ length: 1001 }, follow));
	expect(transports[0]?.lives).toEqual([expect.stringMatching(/-0$/), "stale"]);
	log.freshness.set(true);
	await turns();
	log.freshness.set(false);
	const told = () => transports.filter(({ lives }) => lives.length === 4).length;
	expect(told()).toBe(500);
	await turns();
	expect(told()).toBe(1001);
});

test("a hub that is closed is told nothing more, and leaves nothing with the log", async () => {
	const transport = await follow();
	hub.close();
	log.freshness.set(false);
	await turns();
	expect(transport.lives).toHaveLength(1);
});
