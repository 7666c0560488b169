import { expect, test } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { Turns } from "./turns.ts";

test("some at a time go on, in the order in which they came, and none in the turn in which it asked", async () => {
	const soon: (() => void)[] = [];
	const clock = Object.assign(new ManualClock(), { soon: (run: () => void) => void soon.push(run) });
	const turn = async () => {
		soon.shift()?.();
		await Promise.resolve();
	};
	const turns = new Turns(clock, 2);
	const gone: number[] = [];
	const ask = (n: number) => void turns.next().then(() => gone.push(n));
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
