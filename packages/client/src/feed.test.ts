import { describe, expect, test } from "vitest";
import { HoldfastError } from "./error.ts";
import { feeding, page } from "./testing/feeding.ts";
import { settled } from "./testing/settled.ts";

/** Handlers that are done when they are told. */
function slow() {
	const waiting: (() => void)[] = [];
	const handed: string[] = [];
	return {
		handed,
		message: ({ id }: { id: string }) =>
			new Promise<void>((resolve) => {
				handed.push(id);
				waiting.push(resolve);
			}),
		async finish() {
			for (let done = waiting.shift(); done; done = waiting.shift()) {
				done();
				await settled();
			}
		},
	};
}

const many = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `a-${from + i}`);

describe("the first reader", () => {
	test("has the channel followed from where it begins", () => {
		const { calls, join, tell } = feeding();
		const { told } = join("last.5");
		tell.begun("a-3");
		tell.messages("a-4", "a-5");
		expect(calls).toEqual(["follow last.5"]);
		expect(told).toEqual(["begun a-3", "a-4", "a-5"]);
	});

	test("that has a cursor has begun at once, and is followed from there", () => {
		const { calls, join } = feeding();
		expect([join("a-7").told, calls]).toEqual([["begun a-7"], ["follow a-7"]]);
	});

	test("goes on from its place after a break", () => {
		const { feed, join, tell } = feeding();
		join("now");
		expect(feed.start()).toBe("now");
		tell.begun("a-3");
		tell.messages("a-4");
		expect(feed.start()).toBe("a-4");
	});
});

describe("another reader", () => {
	/** One stands at a-10. */
	function oneAtTen() {
		const all = feeding();
		const first = all.join("a-9");
		all.tell.begun("a-9");
		all.tell.messages("a-10");
		return { ...all, first };
	}

	test("that stands where the feed does joins it, and nothing is asked for", () => {
		const { calls, reads, join, tell } = oneAtTen();
		const { told } = join("a-10");
		tell.messages("a-11");
		expect([told, calls, reads]).toEqual([["begun a-10", "a-11"], ["follow a-9"], []]);
	});

	test("that is behind reads what it lacks by itself, and then joins", async () => {
		const { calls, reads, join, tell, first } = oneAtTen();
		const { told } = join("a-2");
		expect(reads.map(({ start }) => start)).toEqual(["a-2"]);
		await reads[0]?.answer(page("a-2", ["a-3", "a-4"], { more: true }));
		expect(reads.map(({ start }) => start)).toEqual(["a-2", "a-4"]);
		await reads[1]?.answer(page("a-4", many(5, 10)));
		tell.messages("a-11");
		expect(told).toEqual(["begun a-2", ...many(3, 11)]);
		expect(first.told).toEqual(["begun a-9", "a-10", "a-11"]);
		expect([calls, reads.length]).toEqual([["follow a-9"], 2]);
	});

	test("is not handed what comes while it reads, and reads that too", async () => {
		const { reads, join, tell } = oneAtTen();
		const { told } = join("a-8");
		tell.messages("a-11");
		await reads[0]?.answer(page("a-8", many(9, 10)));
		expect(reads.map(({ start }) => start)).toEqual(["a-8", "a-10"]);
		await reads[1]?.answer(page("a-10", ["a-11"]));
		tell.messages("a-12");
		expect(told).toEqual(["begun a-8", ...many(9, 12)]);
	});

	test("that finds nothing, since it came only then, reads again: the others are not followed anew for it", async () => {
		const { calls, reads, join, tell } = oneAtTen();
		const { told } = join("now");
		tell.messages("a-11");
		await reads[0]?.answer(page("a-10"));
		expect(reads[1]?.start).toBe("a-10");
		await reads[1]?.answer(page("a-10", ["a-11"]));
		expect(told).toEqual(["begun a-10", "a-11"]);
		expect(calls).toEqual(["follow a-9"]);
	});

	test("that has read farther than the feed has come is handed what it lacks, once", async () => {
		const { reads, join, tell, first } = oneAtTen();
		const { told } = join("last.1");
		await reads[0]?.answer(page("a-12", ["a-13"]));
		tell.messages("a-11", "a-12", "a-13", "a-14");
		expect(told).toEqual(["begun a-12", "a-13", "a-14"]);
		expect(first.told).toEqual(["begun a-9", ...many(10, 14)]);
	});

	test("begins where it asked, whatever the others did", async () => {
		const { reads, join } = oneAtTen();
		const { told } = join("first");
		expect(reads[0]?.start).toBe("first");
		await reads[0]?.answer(page("a-0", many(1, 10)));
		expect(told).toEqual(["begun a-0", ...many(1, 10)]);
	});

	test("waits where nobody knows yet where the feed stands", async () => {
		const { reads, join, tell } = feeding();
		join("now");
		const { told } = join("last.2");
		expect(reads).toEqual([]);
		tell.begun("a-10");
		expect(reads.map(({ start }) => start)).toEqual(["last.2"]);
		await reads[0]?.answer(page("a-8", many(9, 10)));
		expect(told).toEqual(["begun a-8", "a-9", "a-10"]);
	});

	test("is told a gap in the past, in its place", async () => {
		const { reads, join } = oneAtTen();
		const { told } = join("a-1");
		const gaps = [{ channel: "chat", reason: "expired", place: "a-6" } as const];
		await reads[0]?.answer(page("a-1", many(7, 10), { gaps }));
		expect(told).toEqual(["begun a-1", "expired a-1 a-6", ...many(7, 10)]);
	});

	test("whose read is refused is ended, with the reason, and the others go on", async () => {
		const { reads, join, tell, first } = oneAtTen();
		const { told } = join("first");
		await reads[0]?.fail(new HoldfastError("forbidden"));
		tell.messages("a-11");
		expect(told).toEqual(["ended forbidden of chat"]);
		expect(first.told.at(-1)).toBe("a-11");
	});

	test("that leaves while it reads is told nothing more, and its read is over", async () => {
		const { feed, reads, join } = oneAtTen();
		const { reader, told } = join("a-1");
		feed.remove(reader);
		expect(reads[0]?.over()).toBe(true);
		await reads[0]?.answer(page("a-1", many(2, 10)));
		expect(told).toEqual(["begun a-1"]);
	});

	test("stays when the first one leaves", () => {
		const { feed, calls, join, tell, first } = oneAtTen();
		const { reader, told } = join("a-10");
		feed.remove(first.reader);
		tell.messages("a-11");
		expect(told).toEqual(["begun a-10", "a-11"]);
		expect(calls).toEqual(["follow a-9"]);
		feed.remove(reader);
		expect(calls).toEqual(["follow a-9", "empty"]);
	});

	test("that was late leads when the only live one leaves", async () => {
		const { feed, calls, reads, join, first } = oneAtTen();
		const { told } = join("a-4");
		feed.remove(first.reader);
		expect(calls.at(-1)).toBe("hold");
		await reads[0]?.answer(page("a-4", many(5, 10)));
		expect(calls.at(-1)).toBe("follow a-10");
		expect(told).toEqual(["begun a-4", ...many(5, 10)]);
	});
});

describe("one that has no room", () => {
	test("is let go, and the others are not kept waiting", async () => {
		const { calls, reads, join, tell } = feeding();
		const lazy = slow();
		join("a-0", lazy);
		const quick = join("a-0");
		tell.begun("a-0");
		tell.messages(...many(1, 600));
		expect(quick.told).toHaveLength(601);
		expect([lazy.handed, reads, calls]).toEqual([["a-1"], [], ["follow a-0"]]);
		await lazy.finish();
		expect(reads[0]?.start).toBe("a-501");
		await reads[0]?.answer(page("a-501", many(502, 600)));
		await lazy.finish();
		tell.messages("a-601");
		await lazy.finish();
		expect(lazy.handed).toEqual(many(1, 601));
	});

	test("has the channel held where it is alone, and followed again from its place", async () => {
		const { calls, join, tell } = feeding();
		const lazy = slow();
		join("a-0", lazy);
		tell.begun("a-0");
		tell.messages(...many(1, 510));
		expect(calls).toEqual(["follow a-0", "hold"]);
		await lazy.finish();
		expect(calls).toEqual(["follow a-0", "hold", "follow a-501"]);
	});
});

describe("where the log turned back", () => {
	function twoAtTen() {
		const all = feeding();
		const one = all.join("a-10");
		const other = all.join("a-10");
		all.tell.begun("a-10");
		return { ...all, one, other };
	}

	test("a new life is told to all, and what other links tell is from before: all are followed anew", () => {
		const { calls, tell, one, other } = twoAtTen();
		tell.gap("reset", "b-0");
		tell.messages("b-1");
		for (const { told } of [one, other]) expect(told).toEqual(["begun a-10", "reset a-10 b-0", "b-1"]);
		expect(calls).toEqual(["follow a-10", "follow b-0"]);
	});

	test("a tail that was lost is told to all, and all links are followed anew", () => {
		const { calls, tell, one } = twoAtTen();
		tell.gap("unknown", "a-8");
		tell.messages("a-9");
		expect(one.told).toEqual(["begun a-10", "unknown a-10 a-8", "a-9"]);
		expect(calls).toEqual(["follow a-10", "follow a-8"]);
	});

	test("a gap that is only that is no reason to follow anew", () => {
		const { calls, tell, one } = twoAtTen();
		tell.gap("expired", "a-15");
		tell.messages("a-16");
		expect(one.told).toEqual(["begun a-10", "expired a-10 a-15", "a-16"]);
		expect(calls).toEqual(["follow a-10"]);
	});

	test("a gap that another link has told already is not told twice, and is no step back", () => {
		const { feed, join, tell, one } = twoAtTen();
		tell.gap("expired", "a-15");
		tell.gap("expired", "a-15");
		expect(one.told).toEqual(["begun a-10", "expired a-10 a-15"]);
		const { told } = join("a-15");
		tell.messages("a-16", "a-17");
		tell.gap("expired", "a-15");
		expect(feed.start()).toBe("a-17");
		tell.messages("a-17");
		expect(told).toEqual(["begun a-15", "a-16", "a-17"]);
	});

	test("a message of another life, which nobody was told of, is not handed on: it is asked for anew", () => {
		const { calls, tell, one } = twoAtTen();
		tell.messages("b-1");
		expect(one.told).toEqual(["begun a-10"]);
		expect(calls).toEqual(["follow a-10", "follow a-10"]);
	});

	test("a link that begins beyond the place it was asked for is followed anew", () => {
		const { calls, tell } = twoAtTen();
		tell.begun("a-12");
		expect(calls).toEqual(["follow a-10", "follow a-10"]);
	});

	test("what comes twice, over two links, is handed on once", () => {
		const { tell, one } = twoAtTen();
		tell.messages("a-11", "a-11", "a-10", "a-12");
		expect(one.told).toEqual(["begun a-10", "a-11", "a-12"]);
	});

	test("one that is ahead of a new link reads whether the log still is where it stands, and is told where it is not", async () => {
		const { calls, reads, join, tell, one } = twoAtTen();
		const { told } = join("last.1");
		await reads[0]?.answer(page("a-12", ["a-13"]));
		// The link was lost with the log's tail: another one begins where the feed stands, which is still there.
		tell.begun("a-10");
		expect(reads[1]?.start).toBe("a-13");
		const gaps = [{ channel: "chat", reason: "unknown", place: "a-12" } as const];
		await reads[1]?.answer(page("a-13", [], { gaps }));
		tell.messages("a-11", "a-12", "a-13");
		expect(told).toEqual(["begun a-12", "a-13", "unknown a-13 a-12", "a-13"]);
		expect(one.told).toEqual(["begun a-10", "a-11", "a-12", "a-13"]);
		expect(calls).toEqual(["follow a-10"]);
	});

	test("one that stands beyond it, and has a cursor, reads before it joins", async () => {
		const { reads, join } = twoAtTen();
		const { told } = join("a-14");
		const gaps = [{ channel: "chat", reason: "unknown", place: "a-10" } as const];
		await reads[0]?.answer(page("a-14", [], { gaps }));
		expect(told).toEqual(["begun a-14", "unknown a-14 a-10"]);
	});

	test("one that reads in the new life asks for the feed anew, which has not heard of it", async () => {
		const { calls, reads, join } = twoAtTen();
		join("b-3");
		await reads[0]?.answer(page("b-3"));
		expect(calls).toEqual(["follow a-10", "follow a-10"]);
	});
});

test("where the channel is refused all are ended, and nothing is left", () => {
	const { feed, calls, join, tell } = feeding();
	const all = [join("now"), join("now")];
	tell.refuse("forbidden");
	for (const { told } of all) expect(told).toEqual(["ended forbidden of chat"]);
	// By then another feed may stand in its place.
	for (const { reader } of all) feed.remove(reader);
	expect(calls).toEqual(["follow now", "empty"]);
});

test("the last reader may leave while it is told something, and nothing is done after that", () => {
	const { calls, feed, join, tell } = feeding();
	const { reader } = join("a-1", { message: () => feed.remove(reader) });
	tell.begun("a-1");
	tell.messages("a-2", "a-3");
	// A hold would be of the channel, which another feed may have by now.
	expect(calls).toEqual(["follow a-1", "empty"]);
});
