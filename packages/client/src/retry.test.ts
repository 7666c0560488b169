import { expect, test } from "vitest";
import { HoldfastError } from "./error.ts";
import { createRetry } from "./retry.ts";
import { FakeTime } from "./testing/fake-time.ts";
import { settled } from "./testing/settled.ts";

/** Something that is tried, and fails as often as the test says. */
function trying(retry: ReturnType<typeof createRetry>, time: FakeTime) {
	const at: number[] = [];
	const failures: HoldfastError[] = [];
	const outcomes: unknown[] = [];
	let over = false;
	const attempt = async () => {
		at.push(time.at);
		const failure = failures.shift();
		if (failure !== undefined) throw failure;
		return "done";
	};
	const begin = () =>
		retry
			.run(attempt, () => over)
			.then(
				(result) => outcomes.push(result),
				(error: HoldfastError) => outcomes.push(error.code),
			);
	return {
		at,
		outcomes,
		/** Fails with these, one after another, and then succeeds. */
		async run(...errors: HoldfastError[]) {
			failures.push(...errors);
			void begin();
			await settled();
		},
		end() {
			over = true;
		},
	};
}

function retrying() {
	const time = new FakeTime();
	const retry = createRetry(time.environment);
	return { time, retry, ...trying(retry, time), another: () => trying(retry, time) };
}

const pass = async (time: FakeTime, ms: number) => {
	time.pass(ms);
	await settled();
};
const unreachable = () => new HoldfastError();
const busy = (ms: number) => new HoldfastError("overloaded", "Busy.", { retryAfter: ms });

test("what succeeds is tried once, and leaves no timer", async () => {
	const { time, at, outcomes, run } = retrying();
	await run();
	expect([at, outcomes, time.timers]).toEqual([[0], ["done"], 0]);
});

test("it waits at random up to 500 ms, then up to twice as long each time, up to 30 s", async () => {
	const { time, at, outcomes, run } = retrying();
	time.chance = 1;
	await run(...Array.from({ length: 9 }, unreachable));
	for (let i = 0; i < 300; i++) await pass(time, 500);
	expect(at.slice(1).map((one, i) => one - (at[i] as number))).toEqual([
		500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
	]);
	expect(outcomes).toEqual(["done"]);
});

test("a pause may be as short as chance wants", async () => {
	const { time, at, run } = retrying();
	await run(unreachable(), unreachable());
	await pass(time, 0);
	await pass(time, 0);
	expect(at).toEqual([0, 0, 0]);
});

test("what will not get better is tried once", async () => {
	const { at, outcomes, run } = retrying();
	await run(new HoldfastError("forbidden"));
	expect([at, outcomes]).toEqual([[0], ["forbidden"]]);
});

test("it waits as long as the server asks, and at random up to as long more, however often it has failed", async () => {
	const { time, at, run } = retrying();
	time.chance = 0.5;
	await run(busy(4000), busy(4000), busy(4000));
	for (const times of [1, 2, 3]) {
		await pass(time, 5999);
		expect(at).toHaveLength(times);
		await pass(time, 1);
	}
	expect(at).toEqual([0, 6000, 12_000, 18_000]);
});

test("whatever the server asks of one, all wait: who had been waiting already, and who comes later", async () => {
	const { time, at, run, another } = retrying();
	const earlier = another();
	const later = another();
	time.chance = 1;
	await earlier.run(unreachable());
	await run(busy(4000));
	time.chance = 0;
	await pass(time, 1000);
	await later.run();
	await pass(time, 2999);
	expect([earlier.at, later.at, at]).toEqual([[0], [], [0]]);
	await pass(time, 1);
	await pass(time, 4000);
	expect([earlier.at, later.at, at]).toEqual([[0, 4000], [4000], [0, 8000]]);
});

test("a shorter wait that another is asked for does not end a longer one", async () => {
	const { time, run, another } = retrying();
	const other = another();
	const last = another();
	await Promise.all([run(busy(8000)), other.run(busy(1000))]);
	await last.run();
	await pass(time, 7999);
	expect(last.at).toEqual([]);
	await pass(time, 1);
	expect(last.at).toEqual([8000]);
});

test("where there may be a connection again, it is tried at once", async () => {
	const { time, retry, at, run } = retrying();
	time.chance = 1;
	await run(unreachable());
	retry.hurry();
	await settled();
	expect([at, time.timers]).toEqual([[0, 0], 0]);
});

test("but not sooner than the server allows", async () => {
	const { time, retry, at, run } = retrying();
	time.chance = 1;
	await run(busy(4000));
	await pass(time, 3999);
	retry.hurry();
	await settled();
	expect(at).toEqual([0]);
	await pass(time, 1);
	expect(at).toEqual([0]);
	retry.hurry();
	await settled();
	expect(at).toEqual([0, 4000]);
});

test("what is over is tried no more, and leaves no timer when it is told to hurry", async () => {
	for (const error of [unreachable(), busy(4000)]) {
		const { time, retry, at, outcomes, run, end } = retrying();
		time.chance = 1;
		await run(error);
		end();
		retry.hurry();
		await settled();
		expect([at, outcomes, time.timers]).toEqual([[0], [undefined], 0]);
	}
});

test("what is over while it is tried, or waits for another's sake, is tried no more and leaves no timer", async () => {
	const { time, retry, at, outcomes, run, end, another } = retrying();
	const waiting = another();
	time.chance = 1;
	const tried = run(busy(4000));
	end();
	await tried;
	expect([at, outcomes, time.timers]).toEqual([[0], [undefined], 0]);
	await waiting.run();
	waiting.end();
	retry.hurry();
	await settled();
	expect([waiting.at, waiting.outcomes, time.timers]).toEqual([[], [undefined], 0]);
});

test("what is over before it began is not tried", async () => {
	const { at, outcomes, run, end } = retrying();
	end();
	await run();
	expect([at, outcomes]).toEqual([[], [undefined]]);
});
