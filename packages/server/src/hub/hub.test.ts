import { closeCodes, formatCursor } from "@holdfast/protocol";
import { expect, test } from "vitest";
import type { Log, Start } from "../log/log.ts";
import { memoryLog } from "../log/memory.ts";
import { resolveOptions, type ServerLimits, serverOptions } from "../options.ts";
import { HeldLog } from "../testing/held-log.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { CountedForm, PageTransport } from "../testing/page-transport.ts";
import { Hub } from "./hub.ts";
import { oneChannel } from "./scope.ts";

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

class Staged {
	readonly clock = new ManualClock();
	readonly log = new HeldLog(memoryLog({ clock: this.clock }));
	readonly hub: Hub;

	constructor(limits: Partial<ServerLimits> = {}, log: (log: HeldLog) => Log = (held) => held) {
		this.hub = new Hub(log(this.log), this.clock, resolveOptions(serverOptions, limits));
	}

	follow(transport: PageTransport, start: Start = "first") {
		return this.hub.follow({
			scope: oneChannel("chat"),
			starts: [start],
			kind: "sse",
			transport,
			opened: () => undefined,
		});
	}

	async publish(...data: readonly unknown[]): Promise<void> {
		await this.log.append(data.map((one) => ({ channel: "chat", data: JSON.stringify(one) })));
	}
}

/** Lets everything that is under way end. */
async function turns(count = 5): Promise<void> {
	for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

test("ten thousand readers of a channel share one frame a delivery", async () => {
	const staged = new Staged();
	const form = new CountedForm();
	const transports = Array.from({ length: 10_000 }, () => new PageTransport(form));
	await Promise.all(transports.map((transport) => staged.follow(transport, "now").begun));
	await staged.publish(0, 1, 2);
	await turns(30);
	expect(form.made).toBe(1);
	expect(transports.every(({ data }) => data.length === 3)).toBe(true);
});

test("ten thousand readers are woken in slices, between which the event loop has its turn", async () => {
	const staged = new Staged();
	let written = 0;
	const transports = Array.from({ length: 10_000 }, () => new PageTransport());
	for (const transport of transports) {
		transport.took = () => {
			written++;
			return true;
		};
	}
	await Promise.all(transports.map((transport) => staged.follow(transport, "now").begun));
	written = 0;
	await staged.publish(0);
	await staged.publish(1);
	const seen: number[] = [];
	while (written < 10_000) {
		await turns(1);
		seen.push(written);
	}
	expect(seen.length).toBeGreaterThanOrEqual(10);
	expect(Math.max(...seen.map((count, i) => count - (seen[i - 1] ?? 0)))).toBeLessThanOrEqual(1000);
	await turns();
	expect(written).toBe(10_000);
});

test("a transport that is full is written nothing until it has drained, and then what it missed, from the log", async () => {
	const staged = new Staged();
	const slow = new PageTransport();
	const fast = new PageTransport();
	await Promise.all([staged.follow(slow).begun, staged.follow(fast).begun]);
	slow.took = () => false;
	slow.writable = true;
	await staged.publish(0);
	await turns();
	slow.writable = false;
	await staged.publish(1);
	await turns();
	await staged.publish(2);
	await turns();
	expect(fast.data).toEqual([0, 1, 2]);
	expect(slow.data).toEqual([0]);
	slow.took = () => true;
	slow.drain();
	await turns();
	await staged.publish(3);
	await turns();
	expect(slow.data).toEqual(numbers(0, 4));
	expect(slow.lives).toHaveLength(1);
});

test("a transport that is full for one moment and has room in the next is written each page once", async () => {
	const staged = new Staged({ pageMessages: 2 });
	await staged.publish(...numbers(0, 20));
	const transport = new PageTransport();
	transport.took = () => {
		// Every other time.
		if (transport.pages.length % 2 === 0) return true;
		queueMicrotask(() => transport.drain());
		return false;
	};
	await staged.follow(transport).begun;
	await turns();
	await staged.publish(20);
	await turns();
	expect(transport.data).toEqual(numbers(0, 21));
});

test("a transport that is filled by being told live misses nothing", async () => {
	const staged = new Staged();
	const transport = new PageTransport();
	transport.took = () => {
		transport.writable = false;
		return false;
	};
	await staged.follow(transport).begun;
	expect(transport.lives).toHaveLength(1);
	await staged.publish(0);
	await turns();
	expect(transport.data).toEqual([]);
	transport.took = () => true;
	transport.drain();
	await turns();
	await staged.publish(1);
	await turns();
	expect(transport.data).toEqual([0, 1]);
	expect(transport.lives).toHaveLength(1);
});

test("a transport that is filled by being told live, and stays full, is ended although nothing more is published", async () => {
	const staged = new Staged({ stallTimeout: 5000 });
	const transport = new PageTransport();
	transport.took = () => {
		transport.writable = false;
		return false;
	};
	await staged.follow(transport).begun;
	staged.clock.advance(5000);
	expect(transport.ended).toBe(closeCodes.slow);
});

test("a page that was read while another reader filled the connection is read again when there is room", async () => {
	const staged = new Staged();
	await staged.publish(0, 1);
	const transport = new PageTransport();
	await staged.follow(transport, "now").begun;
	transport.writable = false;
	await staged.publish(2);
	await turns();
	const hold = staged.log.holdRead("answered");
	transport.drain();
	await hold.reached;
	transport.writable = false;
	hold.release();
	await turns();
	expect(transport.data).toEqual([]);
	transport.drain();
	await turns();
	expect(transport.data).toEqual([2]);
});

test("a reader whose transport stays full is ended as slow, when its time is over and not before", async () => {
	const staged = new Staged({ stallTimeout: 5000 });
	const transport = new PageTransport();
	await staged.follow(transport).begun;
	transport.writable = false;
	await staged.publish(0);
	await turns();
	staged.clock.advance(4999);
	expect(transport.ended).toBeUndefined();
	staged.clock.advance(1);
	expect(transport.ended).toBe(closeCodes.slow);
	expect(staged.hub.count("chat").sse).toBe(0);
	transport.drain();
	await turns();
	expect(transport.data).toEqual([]);
});

test("a transport that drains in time is not ended, and the next time it is full its time begins anew", async () => {
	const staged = new Staged({ stallTimeout: 5000 });
	const transport = new PageTransport();
	await staged.follow(transport).begun;
	for (const n of numbers(0, 3)) {
		transport.writable = false;
		await staged.publish(n);
		await turns();
		staged.clock.advance(4000);
		transport.drain();
		await turns();
	}
	staged.clock.advance(60_000);
	expect(transport.ended).toBeUndefined();
	expect(transport.data).toEqual([0, 1, 2]);
});

test("a reader that is behind waits while the log cannot be read, and goes on from its cursor", async () => {
	let failing = false;
	const staged = new Staged({ pageMessages: 2 }, (log) => ({
		...bound(log),
		read: (...args) => (failing ? Promise.reject(new Error("The disk is away.")) : log.read(...args)),
	}));
	await staged.publish(...numbers(0, 6));
	const transport = new PageTransport();
	const hold = staged.log.holdRead("answered", ({ start }) => typeof start === "object");
	await staged.follow(transport).begun;
	await hold.reached;
	failing = true;
	hold.release();
	await turns();
	expect(transport.data).toEqual(numbers(0, 4));
	staged.clock.advance(3000);
	await turns();
	failing = false;
	staged.clock.advance(1000);
	await turns();
	expect(transport.data).toEqual(numbers(0, 6));
	expect(transport.ended).toBeUndefined();
});

test("a reader that cannot begin is told why, written nothing, and leaves no place taken", async () => {
	const staged = new Staged({}, (log) => ({ ...bound(log), read: () => Promise.reject(new Error("The disk is away.")) }));
	const transport = new PageTransport();
	await expect(staged.follow(transport).begun).rejects.toThrow("The disk is away.");
	expect([transport.pages, staged.log.watched]).toEqual([[], 0]);
});

test.each(["asked", "answered"] as const)(
	"a reader that is closed while its first page has been %s is written nothing, and leaves no place taken",
	async (stage) => {
		const staged = new Staged();
		await staged.publish(0);
		const transport = new PageTransport();
		const hold = staged.log.holdRead(stage, ({ start }) => start === "first");
		const { begun, close } = staged.follow(transport);
		await hold.reached;
		// It has no place yet, so what is published now may not be for it.
		expect([staged.log.watched, staged.hub.count("chat").sse]).toEqual([1, 0]);
		close();
		hold.release();
		await begun;
		await staged.publish(1);
		await turns();
		expect([transport.pages, staged.log.watched]).toEqual([[], 0]);
	},
);

test("who comes back with the cursor of the head is not read for, and has everything from there on", async () => {
	const staged = new Staged();
	await staged.publish(0);
	await staged.follow(new PageTransport(), "now").begun;
	const { head } = await staged.log.describe("chat");
	const before = staged.log.reads;
	const [here, behind] = [new PageTransport(), new PageTransport()];
	await staged.follow(here, head).begun;
	expect(staged.log.reads - before).toBe(0);
	await staged.follow(behind, { ...head, offset: 0 }).begun;
	expect(staged.log.reads - before).toBe(1);
	await staged.publish(1);
	await turns();
	expect([here.data, behind.data, here.lives]).toEqual([[1], [0, 1], [formatCursor(head)]]);
});

test("when the last reader has left, the log is watched no more", async () => {
	const staged = new Staged();
	const [a, b] = [staged.follow(new PageTransport()), staged.follow(new PageTransport())];
	await Promise.all([a.begun, b.begun]);
	expect(staged.log.watched).toBe(1);
	a.close();
	a.close();
	expect(staged.log.watched).toBe(1);
	b.close();
	expect(staged.log.watched).toBe(0);
	const transport = new PageTransport();
	await staged.follow(transport).begun;
	await staged.publish(0);
	await turns();
	expect(transport.data).toEqual([0]);
});

test("a reader that is closed while a round is under way is written nothing more", async () => {
	const staged = new Staged();
	const first = Array.from({ length: 500 }, () => new PageTransport());
	await Promise.all(first.map((transport) => staged.follow(transport, "now").begun));
	const transport = new PageTransport();
	const { begun, close } = staged.follow(transport, "now");
	await begun;
	(first[0] as PageTransport).took = () => {
		close();
		return true;
	};
	await staged.publish(0);
	await turns();
	expect(first.every(({ data }) => data.length === 1)).toBe(true);
	expect(transport.data).toEqual([]);
});

function bound(log: HeldLog): Log {
	const { append, describe, list, remove, close } = log;
	return { append, describe, list, remove, close, read: log.read.bind(log), watch: log.watch.bind(log) };
}

test("five thousand readers that come back to one place cost two reads and one frame", async () => {
	const staged = new Staged();
	await staged.publish(0, 1, 2);
	const form = new CountedForm();
	const transports = Array.from({ length: 5000 }, () => new PageTransport(form));
	const before = staged.log.reads;
	await Promise.all(transports.map((transport) => staged.follow(transport).begun));
	await turns(30);
	// One is the feed's, of its head; the second of the others is for those who asked when the first had begun.
	expect(staged.log.reads - before).toBe(3);
	expect(form.made).toBeLessThanOrEqual(2);
	expect(transports.every(({ data }) => data.length === 3)).toBe(true);
});
