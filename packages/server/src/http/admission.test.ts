import { HoldfastError } from "@holdfast/protocol";
import { expect, test } from "vitest";
import { resolveOptions, serverOptions } from "../options.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { Admission } from "./admission.ts";

function stage(connectRate: number, connectWait: number) {
	const clock = new ManualClock();
	let drawn = 0;
	// Evenly spread, and the same each time.
	const random = () => (drawn = (drawn + 0.618) % 1);
	const admission = new Admission(resolveOptions(serverOptions, { connectRate, connectWait }), clock, random);
	const entered: number[] = [];
	const refused: HoldfastError[] = [];
	const enter = () => {
		try {
			const waiting = admission.enter();
			if (waiting === undefined) entered.push(clock.now());
			else void waiting.turn.then(() => entered.push(clock.now()));
			return waiting?.leave;
		} catch (error) {
			if (!(error instanceof HoldfastError)) throw error;
			refused.push(error);
			return undefined;
		}
	};
	return { clock, entered, refused, enter, turns: () => new Promise((resolve) => setImmediate(resolve)) };
}

test("of many at once twice the rate come in, as many as the wait allows have their turn in order, and the rest is refused", async () => {
	const { clock, entered, refused, enter, turns } = stage(100, 500);
	for (let i = 0; i < 1000; i++) enter();
	expect(entered).toHaveLength(200);
	expect(clock.waiting).toBe(50);
	expect(refused).toHaveLength(750);
	for (let ms = 100; ms <= 500; ms += 100) {
		clock.advance(100);
		await turns();
		expect(entered).toHaveLength(200 + ms / 10);
	}
	expect(clock.waiting).toBe(0);
});

test("those who are refused are told to come back at the pace that they can be let in at, and not together", () => {
	const { refused, enter } = stage(100, 0);
	for (let i = 0; i < 1200; i++) enter();
	const times = refused.map(({ retryAfter = 0 }) => retryAfter);
	expect(times).toHaveLength(1000);
	expect(refused.every(({ code }) => code === "overloaded")).toBe(true);
	expect(Math.min(...times)).toBeGreaterThanOrEqual(1);
	expect(Math.max(...times)).toBeLessThanOrEqual(22);
	for (let second = 1; second <= 22; second++) {
		expect(times.filter((time) => time === second).length).toBeLessThanOrEqual(150);
	}
});

test("however many are refused, nobody is told to stay away for long", () => {
	const { refused, enter } = stage(1, 0);
	for (let i = 0; i < 10_000; i++) enter();
	expect(Math.max(...refused.map(({ retryAfter = 0 }) => retryAfter))).toBe(60);
});

test("who goes away while waiting frees what he held, once, and who has come in frees nothing", async () => {
	const { clock, entered, refused, enter, turns } = stage(10, 1000);
	for (let i = 0; i < 20; i++) enter();
	const leaves = Array.from({ length: 10 }, () => enter());
	enter();
	expect(refused).toHaveLength(1);
	leaves[4]?.();
	leaves[4]?.();
	expect(clock.waiting).toBe(9);
	enter();
	expect(refused).toHaveLength(1);
	enter();
	expect(refused).toHaveLength(2);
	clock.advance(1000);
	await turns();
	expect(entered).toHaveLength(30);
	leaves[0]?.();
	for (let i = 0; i < 11; i++) enter();
	expect(refused).toHaveLength(3);
});
