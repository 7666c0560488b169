import { expect, test } from "vitest";
import { type Environment, webEnvironment } from "./environment.ts";
import { createWatch } from "./watch.ts";

/** A clock to turn by hand, whose timers may be late. */
class Time {
	at = 0;
	readonly #timers = new Map<() => void, number>();
	readonly environment: Environment = {
		...webEnvironment,
		now: () => this.at,
		after: (ms, run) => {
			const timer = () => run();
			this.#timers.set(timer, this.at + ms);
			return () => this.#timers.delete(timer);
		},
	};

	pass(ms: number): void {
		const end = this.at + ms;
		for (;;) {
			const [next] = [...this.#timers].filter(([, due]) => due <= end).sort((a, b) => a[1] - b[1]);
			if (next === undefined) break;
			this.#timers.delete(next[0]);
			this.at = Math.max(this.at, next[1]);
			next[0]();
		}
		this.at = end;
	}

	/** The machine sleeps: the clock goes on, and no timer fires. */
	sleep(ms: number): void {
		this.at += ms;
	}

	get timers(): number {
		return this.#timers.size;
	}
}

function watched() {
	const time = new Time();
	const told: [string, number][] = [];
	const watching = createWatch(
		time.environment,
		() => told.push(["check", time.at]),
		() => told.push(["dead", time.at]),
	);
	return { time, told, watch: watching };
}

test("a link that never says anything is dead after 10 s", () => {
	const { time, told } = watched();
	time.pass(9999);
	expect(told).toEqual([]);
	time.pass(1);
	expect([told, time.timers]).toEqual([[["dead", 10_000]], 0]);
});

test("one that was heard and falls silent is asked after 30 s, and is dead 10 s later", () => {
	const { time, told, watch } = watched();
	time.pass(1000);
	watch.heard();
	time.pass(60_000);
	expect(told).toEqual([
		["check", 31_000],
		["dead", 41_000],
	]);
});

test("one that answers lives on", () => {
	const { time, told, watch } = watched();
	watch.heard();
	time.pass(35_000);
	watch.heard();
	time.pass(29_000);
	expect(told).toEqual([["check", 30_000]]);
});

test("after a sleep it is asked at once, and has 3 s", () => {
	const { time, told, watch } = watched();
	watch.heard();
	time.pass(11_000);
	time.sleep(600_000);
	time.pass(1);
	expect(told).toEqual([["check", 611_000]]);
	time.pass(3000);
	expect(told).toEqual([
		["check", 611_000],
		["dead", 614_000],
	]);
});

test("a sleep while it is asked is no proof of death: what came meanwhile may be handled after the timer", () => {
	const { time, told, watch } = watched();
	watch.heard();
	time.pass(20_000);
	watch.look();
	time.sleep(600_000);
	time.pass(1);
	expect(told).toEqual([["check", 20_000]]);
	watch.heard();
	time.pass(29_000);
	expect(told).toEqual([["check", 20_000]]);
});
