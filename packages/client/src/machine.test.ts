import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { begin, type Event, type State, step } from "./machine.ts";

const run = (state: State, ...events: Event[]): State => events.reduce(step, state);
const lost = (link: number, lived = 0, retryAfter?: number): Event => ({ type: "lost", link, lived, retryAfter });
const opened = (link: number): Event => ({ type: "opened", link });
const ready = (link: number): Event => ({ type: "ready", link });
const wanted: Event = { type: "wanted" };
const elapsed: Event = { type: "elapsed" };
const ways = ({ trying }: State) => trying.map(({ way }) => way);

describe("choosing", () => {
	test("nothing is opened before something is wanted", () => {
		expect(run(begin(4, 0), { type: "wake" }, elapsed)).toEqual(begin(4, 0));
	});

	test("each way has a short head start before the next is tried beside it", () => {
		const first = run(begin(3, 0), wanted);
		expect([ways(first), first.pause]).toEqual([[0], { least: 300, most: 300 }]);
		const all = run(first, elapsed, elapsed);
		expect([ways(all), all.pause]).toEqual([[0, 1, 2], undefined]);
	});

	test("a way that fails is followed by the next at once", () => {
		expect(ways(run(begin(3, 0), wanted, lost(1)))).toEqual([1]);
	});

	test("what last worked is tried first", () => {
		expect(ways(run(begin(3, 2), wanted, elapsed, elapsed))).toEqual([2, 0, 1]);
	});

	test("the first to open is used; worse ones are dropped, better ones may go on", () => {
		const state = run(begin(3, 0), wanted, elapsed, elapsed, opened(2));
		expect([state.phase, state.current?.way, ways(state)]).toEqual(["moving", 1, [0]]);
		expect(run(state, opened(1), ready(1))).toMatchObject({ phase: "open", current: { way: 0 }, trying: [] });
	});

	test("when every way fails it waits, longer each time, with full jitter, and no way is blamed", () => {
		const once = run(begin(2, 0), wanted, lost(1), lost(2));
		expect(once).toMatchObject({ phase: "waiting", pause: { least: 0, most: 500 }, strikes: [0, 0] });
		expect(run(once, elapsed, lost(3), lost(4)).pause).toEqual({ least: 0, most: 1000 });
		expect(
			Array.from({ length: 20 }).reduce<State>((state) => run(state, elapsed, lost(state.links + 1), lost(state.links + 2)), once)
				.pause?.most,
		).toBe(30_000);
	});

	test("Retry-After ends the round, and waking does not shorten it", () => {
		const state = run(begin(3, 0), wanted, elapsed, lost(1, 0, 8000));
		expect(state).toMatchObject({ phase: "waiting", trying: [], pause: { least: 8000, most: 10_000 } });
		expect(run(state, { type: "wake" })).toBe(state);
		expect(run(begin(1, 0), wanted, lost(1), { type: "wake" }).phase).toBe("choosing");
	});
});

describe("in use", () => {
	const open = run(begin(3, 0), wanted, opened(1));

	test("the best way needs no trial; another one is left for a better after a while", () => {
		expect(open).toMatchObject({ phase: "open", pause: undefined });
		const worse = run(begin(3, 0), wanted, lost(1), lost(2), opened(3));
		expect(worse).toMatchObject({ phase: "open", current: { way: 2 }, pause: { least: 15_000, most: 30_000 } });
		const probing = run(worse, elapsed);
		expect([probing.phase, probing.current?.way, ways(probing)]).toEqual(["moving", 2, [0]]);
		expect(run(probing, opened(4))).toMatchObject({ phase: "moving", current: { way: 2 } });
		expect(run(probing, opened(4), ready(4))).toMatchObject({ phase: "open", current: { way: 0 } });
		const failed = run(probing, lost(4));
		expect(failed).toMatchObject({ phase: "open", current: { way: 2 }, pause: { most: 60_000 } });
		expect(ways(run(failed, elapsed))).toEqual([1]);
	});

	test("a way that is cut again and again is tried after the others, until it has lasted", () => {
		let state = open;
		for (let i = 0; i < 3; i++) state = run(state, lost(state.links, 500), elapsed, opened(state.links + 1));
		state = run(state, lost(state.links, 500), elapsed);
		expect(ways(state)).toEqual([1]);
		expect(run(open, lost(1, 70_000), elapsed).strikes).toEqual([0, 0, 0]);
	});

	test("told to go, it opens the same way anew after the delay, and leaves when that has caught up", () => {
		const warned = run(open, { type: "goaway", link: 1, delay: 400 });
		expect(warned).toMatchObject({ current: { link: 1 }, pause: { least: 400, most: 400 } });
		const both = run(warned, elapsed, opened(2));
		expect(both).toMatchObject({ current: { link: 1 }, trying: [{ link: 2, way: 0 }] });
		expect(run(both, ready(2))).toMatchObject({ phase: "open", current: { link: 2 } });
	});

	test("lost while another is open, that one is used at once, though it has not caught up", () => {
		const moving = run(begin(2, 1), wanted, opened(1), elapsed, opened(2));
		expect(run(moving, lost(1, 20_000))).toMatchObject({ phase: "open", current: { link: 2, way: 0 } });
	});
});

test("whatever happens, no link is forgotten or opened twice, and a closed client holds none", () => {
	const event = fc.oneof(
		fc.constantFrom<Event["type"]>("wanted", "unwanted", "elapsed", "wake").map((type) => ({ type }) as Event),
		fc.record({ type: fc.constantFrom("opened" as const, "ready" as const), link: fc.integer({ min: 1, max: 8 }) }),
		fc.record({
			type: fc.constant("lost" as const),
			link: fc.integer({ min: 1, max: 8 }),
			lived: fc.constantFrom(0, 20_000, 90_000),
			retryAfter: fc.constantFrom(undefined, 1000),
		}),
		fc.record({ type: fc.constant("goaway" as const), link: fc.integer({ min: 1, max: 8 }), delay: fc.constant(10) }),
	);
	fc.assert(
		fc.property(fc.integer({ min: 1, max: 4 }), fc.array(event, { maxLength: 40 }), (count, events) => {
			let state = begin(count, 0);
			for (const one of events) {
				const held = [state.current?.link, ...state.trying.map(({ link }) => link)];
				// The connection tells of no link that is not there.
				if ("link" in one && !held.includes(one.link)) continue;
				state = step(state, one);
				const links = [...(state.current ? [state.current.link] : []), ...state.trying.map(({ link }) => link)];
				expect(new Set(links).size).toBe(links.length);
				expect(["open", "moving"].includes(state.phase)).toBe(state.current !== undefined);
				if (state.phase === "choosing") expect(state.trying.length).toBeGreaterThan(0);
				// It waits for something: a link, or time.
				if (state.phase === "waiting") expect(state.pause).toBeDefined();
			}
			expect(step(state, { type: "close" })).toMatchObject({ phase: "closed", current: undefined, trying: [], pause: undefined });
		}),
		{ numRuns: 500 },
	);
});
