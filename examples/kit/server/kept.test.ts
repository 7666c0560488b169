import { createHoldfast, type Holdfast, type Log, memoryLog } from "@holdfast/server";
import { beforeEach, expect, test } from "vitest";
import { kept } from "./kept.ts";

let log: Log;
let holdfast: Holdfast;

beforeEach(() => {
	log = memoryLog();
	holdfast = createHoldfast({ log });
});

const open = (initial = 0) => kept(log, holdfast, "count", initial);

test("what is changed is there after a restart, and what was never changed is what it is at first", async () => {
	const count = await open(7);
	expect(count.value).toBe(7);
	expect(await count.change((n) => n + 1)).toBe(8);
	expect((await open()).value).toBe(8);
});

test("changes that are asked for together come one after another, each from what the one before made", async () => {
	const count = await open();
	const made = await Promise.all(Array.from({ length: 20 }, () => count.change((n) => n + 1)));
	expect(made).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
});

test("a change that throws changes nothing, and the next one comes", async () => {
	const count = await open(1);
	const refused = count.change(() => {
		throw new Error("sold out");
	});
	const next = count.change((n) => n + 1);
	await expect(refused).rejects.toThrow("sold out");
	expect(await next).toBe(2);
});

test("a change that cannot be stored does not count", async () => {
	const count = await open(1);
	const { append } = log;
	log.append = async () => {
		throw new Error("disk full");
	};
	await expect(count.change((n) => n + 1)).rejects.toThrow("disk full");
	expect(count.value).toBe(1);
	log.append = append;
	expect(await count.change((n) => n + 1)).toBe(2);
	expect((await open()).value).toBe(2);
});

test("a change to the same value stores nothing", async () => {
	const count = await open(1);
	await count.change((n) => n);
	expect((await log.describe("count")).messages).toBe(0);
});
