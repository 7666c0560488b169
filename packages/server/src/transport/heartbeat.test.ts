import { expect, test } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { Heartbeat } from "./heartbeat.ts";

function beats(interval: number) {
	const clock = new ManualClock();
	const beaten: [string, number][] = [];
	const start = clock.now();
	const heartbeat = new Heartbeat<string>(clock, interval, (member) => beaten.push([member, clock.now() - start]));
	return { clock, heartbeat, beaten };
}

test("no member is silent for longer than the interval", () => {
	const { clock, heartbeat, beaten } = beats(15_000);
	heartbeat.touch("a");
	for (let i = 0; i < 600; i++) clock.advance(100);
	const at = [0, ...beaten.map(([, time]) => time)];
	expect(at.length).toBeGreaterThan(4);
	expect(Math.max(...at.map((time, i) => time - (at[i - 1] ?? 0)))).toBeLessThanOrEqual(15_000);
	expect(at.length).toBeLessThan(6);
});

test("a member that was touched is not due before its interval has begun anew", () => {
	const { clock, heartbeat, beaten } = beats(10_000);
	heartbeat.touch("a");
	heartbeat.touch("b");
	clock.advance(6000);
	heartbeat.touch("a");
	clock.advance(5000);
	expect(beaten.map(([member]) => member)).toEqual(["b"]);
});

test("a member that was removed, also by another's beat, is left alone, and with none left no timer waits", () => {
	const clock = new ManualClock();
	const beaten: string[] = [];
	const heartbeat = new Heartbeat<string>(clock, 10_000, (member) => {
		beaten.push(member);
		heartbeat.remove("a");
		heartbeat.remove("b");
	});
	heartbeat.touch("a");
	heartbeat.touch("b");
	clock.advance(20_000);
	expect(beaten).toEqual(["a"]);
	expect(clock.waiting).toBe(0);
	heartbeat.touch("c");
	clock.advance(10_000);
	expect(beaten).toEqual(["a", "c"]);
});

test("one timer watches over all members", () => {
	const { clock, heartbeat } = beats(25_000);
	for (let i = 0; i < 1000; i++) heartbeat.touch(`${i}`);
	expect(clock.waiting).toBe(1);
});
