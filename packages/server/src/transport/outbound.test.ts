import { Writable } from "node:stream";
import { beforeEach, expect, test } from "vitest";
import { Outbound } from "./outbound.ts";

/** A socket whose network takes a chunk when a test says so. */
class HeldSocket extends Writable {
	readonly #held: (() => void)[] = [];

	override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
		this.#held.push(done);
	}

	/** The network takes the oldest chunk. */
	async take(): Promise<void> {
		this.#held.shift()?.();
		await new Promise((resolve) => setImmediate(resolve));
	}
}

let socket: HeldSocket;
let outbound: Outbound;

beforeEach(() => {
	socket = new HeldSocket();
	outbound = new Outbound(socket, 1000);
});

test("up to half of what may be queued it says that there is room, and above it that there is none", () => {
	expect(outbound.write(Buffer.alloc(400))).toBe(true);
	expect(outbound.write(Buffer.alloc(100))).toBe(true);
	expect(outbound.writable).toBe(true);
	expect(outbound.write(Buffer.alloc(1))).toBe(false);
	expect(outbound.writable).toBe(false);
});

test("who waits is resumed once, when the queue is back at half", async () => {
	let resumed = 0;
	outbound.write(Buffer.alloc(400));
	outbound.write(Buffer.alloc(300));
	outbound.drained(() => {
		resumed++;
	});
	await new Promise((resolve) => setImmediate(resolve));
	expect(resumed).toBe(0);
	await socket.take();
	await socket.take();
	expect(resumed).toBe(1);
	outbound.write(Buffer.alloc(900));
	await socket.take();
	expect(resumed).toBe(1);
});

test("who comes when there is room already is resumed, and not in the same call", async () => {
	let resumed = false;
	outbound.drained(() => {
		resumed = true;
	});
	expect(resumed).toBe(false);
	await Promise.resolve();
	expect(resumed).toBe(true);
});

test("of several who wait the next is resumed only while there is room, in the order in which they came", async () => {
	const order: string[] = [];
	outbound.write(Buffer.alloc(600));
	outbound.drained(() => {
		order.push("a");
		outbound.write(Buffer.alloc(600));
	});
	outbound.drained(() => order.push("b"));
	outbound.drained(() => order.push("c"));
	await socket.take();
	expect(order).toEqual(["a"]);
	await socket.take();
	expect(order).toEqual(["a", "b", "c"]);
});

test("a socket that has ended takes nothing and resumes nobody", async () => {
	let resumed = false;
	socket.end();
	expect(outbound.write(Buffer.alloc(1))).toBe(false);
	outbound.drained(() => {
		resumed = true;
	});
	await new Promise((resolve) => setImmediate(resolve));
	expect(resumed).toBe(false);
});
