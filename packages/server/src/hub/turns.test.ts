import { expect, test } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { Turns } from "./turns.ts";

/** Turns of two for `present` readers, each turn of which takes `time` milliseconds. */
function startTurns(present: number, time: number) {
	const soon: (() => void)[] = [];
	const clock = Object.assign(new ManualClock(), { soon: (run: () => void) => void soon.push(run) });
	const turns = new Turns(clock, 2, () => present);
	const gone: number[] = [];
	const ask = (n: number) =>
		void turns.take(async () => {
			clock.advance(time);
			gone.push(n);
		});
	/** The turn of the event loop that was asked for, and what follows from it. */
	const turn = async () => {
		soon.shift()?.();
		for (let i = 0; i < 5; i++) await Promise.resolve();
	};
	/** How many milliseconds pass before there is somebody's turn. */
	const rest = async () => {
		const before = gone.length;
		await turn();
		let rested = 0;
		for (; gone.length === before; rested++) {
			if (rested > 100) throw new Error("It is nobody's turn.");
			clock.advance(1);
			for (let i = 0; i < 5; i++) await Promise.resolve();
		}
		return rested;
	};
	return { ask, turn, rest, gone, soon };
}

test("some at a time go on, in the order in which they came, and none in the turn in which it asked", async () => {
	const { ask, turn, gone, soon } = startTurns(5, 0);
	for (const n of [1, 2, 3]) ask(n);
	await Promise.resolve();
	expect(gone).toEqual([]);
	await turn();
	expect(gone).toEqual([1, 2]);
	ask(4);
	ask(5);
	await turn();
	expect(gone).toEqual([1, 2, 3, 4]);
	await turn();
	expect([gone, soon]).toEqual([[1, 2, 3, 4, 5], []]);
});

test.each([
	["one of four rests for three times what its turn took", 4, 2, 6],
	["one of many rests for nine times as long", 1000, 1, 9],
	["one of many rests for a while, and goes on", 1000, 2, 10],
	["one that is alone does not rest", 1, 2, 0],
])("%s", async (_, present, time, rests) => {
	const { ask, rest } = startTurns(present, time);
	ask(1);
	expect(await rest()).toBe(0);
	ask(2);
	expect(await rest()).toBe(rests);
});

test("many do not give way to a few", async () => {
	const { ask, rest } = startTurns(12, 2);
	for (let n = 0; n < 12; n++) ask(n);
	for (let n = 0; n < 4; n++) {
		expect(await rest()).toBe(0);
		ask(n);
		ask(n);
	}
});

test("work that fails is a turn too, and its failure is told", async () => {
	const turns = new Turns(new ManualClock(), 1, () => 1);
	await expect(turns.take(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
	expect(await turns.take(async () => "next")).toBe("next");
});
