import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { begin, type Event, type State, step } from "./machine.ts";

const wanted: Event = { type: "wanted", away: 0 };
const opened: Event = { type: "opened" };
const elapsed: Event = { type: "elapsed" };
const lost = (lived: number, retryAfter?: number): Event => ({ type: "lost", lived, retryAfter });
const run = (state: State, ...events: Event[]) => events.reduce(step, state);

test("it connects when something is wanted, and lets go when nothing is", () => {
	expect(run(begin, wanted).phase).toBe("connecting");
	expect(run(begin, wanted, opened).phase).toBe("open");
	for (const events of [[], [opened], [lost(0)]]) expect(run(begin, wanted, ...events, { type: "unwanted" }).phase).toBe("idle");
});

describe("after a loss", () => {
	test("it waits for longer each time, at most 30 s, and begins anew after a link that lasted", () => {
		let state = run(begin, wanted);
		const waits: (number | undefined)[] = [];
		for (let i = 0; i < 9; i++) {
			state = run(state, lost(0));
			waits.push(state.pause?.most);
			state = run(state, elapsed);
		}
		expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
		expect(run(state, opened, lost(10_000)).pause).toEqual({ least: 0, most: 500 });
	});

	test("it stays away for as long as the server asks, and no hint makes that shorter", () => {
		const away = run(begin, wanted, lost(0, 8000));
		expect(away.pause).toEqual({ least: 8000, most: 16_000 });
		expect(run(away, { type: "wake" })).toEqual(away);
		// It knows better than a row of failures.
		expect(run(begin, wanted, ...Array.from({ length: 9 }, () => [lost(0, 2000), elapsed]).flat(), lost(0, 2000)).pause).toEqual({
			least: 2000,
			most: 4000,
		});
		expect(run(begin, wanted, lost(0), { type: "wake" }).phase).toBe("connecting");
	});

	test("who wants something anew while the server still asks to stay away waits for the rest", () => {
		expect(run(begin, { type: "wanted", away: 3000 })).toMatchObject({ phase: "waiting", pause: { least: 3000 } });
	});
});

test("told to go, it opens another link after the delay", () => {
	const warned = run(begin, wanted, opened, { type: "goaway", delay: 400 });
	expect(warned).toMatchObject({ phase: "open", pause: { least: 400, most: 400 } });
	expect(run(warned, elapsed).phase).toBe("connecting");
});

test("whatever happens, who waits waits for a time, and who is closed stays closed", () => {
	const event = fc.oneof(
		fc.constantFrom<Event>(wanted, opened, elapsed, { type: "unwanted" }, { type: "wake" }, { type: "wanted", away: 10 }),
		fc.constantFrom<Event>(lost(0), lost(20_000), lost(0, 1000), { type: "goaway", delay: 10 }),
	);
	fc.assert(
		fc.property(fc.array(event, { maxLength: 40 }), (events) => {
			let state = begin;
			for (const one of events) {
				state = step(state, one);
				expect(state.phase === "waiting").toBe(state.phase !== "open" && state.pause !== undefined);
			}
			const closed = step(state, { type: "close" });
			expect(closed).toMatchObject({ phase: "closed" });
			expect(run(closed, ...events)).toEqual(closed);
		}),
		{ numRuns: 500 },
	);
});
