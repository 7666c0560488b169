/** The checker finds what it is there for: each defect is planted in a history in which all is well. */
import { describe, expect, test } from "vitest";
import { check } from "./check.ts";
import { History, type WalkRecorder } from "./history.ts";

interface Planted {
	/** Kept in the end: an epoch and what was published in it, in order; offsets go on over epochs. */
	readonly log: readonly string[];
	/** What the reader was told, as `e-1 a` or `gap e-1 reset`; without it, the whole log. */
	readonly told?: string;
	/** What another reader was told, from `e-0` on. */
	readonly toldBob?: string;
	/** Asked for besides a to d: name, time, and the id that it was acknowledged as, `refused`, or `unknown`. */
	readonly asked?: readonly (readonly [name: string, at: number, answer: string])[];
	/** Until 100 what was acknowledged can be lost. */
	readonly losing?: true;
	readonly start?: string;
}

const names = ["a", "b", "c", "d"];
const all = ["e a b c d"];

/** Published a to d, one after another; acknowledged where they are kept. */
function found({ log, told, toldBob, asked = [], losing, start = "first" }: Planted): string[] {
	const history = new History();
	const kept = log.flatMap((part) => {
		const [epoch, ...own] = part.split(" ");
		return own.map((data) => ({ epoch, data }));
	});
	const messages = kept.map(({ epoch, data }, i) => ({ id: `${epoch}-${i + 1}`, data }));
	for (const [i, name] of names.entries()) {
		const answered = history.asked("news", name, 10 * i);
		const message = messages.find(({ data }) => data === name);
		if (message) answered({ kept: message.id }, 10 * i + 5);
	}
	if (losing) history.losing(0)(100);
	for (const [name, at, answer] of asked) {
		const isId = answer !== "refused" && answer !== "unknown";
		history.asked("news", name, at)(isId ? { kept: answer } : answer, at + 1);
	}
	if (toldBob) take(history.reads("bob", "news", "e-0"), toldBob);
	take(history.reads("ann", "news", start), told ?? messages.map(({ id, data }) => `${id} ${data}`).join(", "));
	return check(history, new Map([["news", messages]]));
}

function take(reader: WalkRecorder, told: string): void {
	for (const one of told.split(", ")) {
		const [first = "", second = "", reason = ""] = one.split(" ");
		if (first === "gap") reader.gap(second, reason);
		else reader.took(first, second);
	}
}

describe("all is well where", () => {
	test("a reader was told everything", () => {
		expect(found({ log: all })).toEqual([]);
	});

	test("a reader began at a cursor and was told what follows it", () => {
		expect(found({ log: all, start: "e-2", told: "e-3 c, e-4 d" })).toEqual([]);
	});

	test("nothing was published", () => {
		expect(check(new History(), new Map([["news", []]]))).toEqual([]);
	});

	test("a tail was lost when it could be, and the reader was told", () => {
		const told = "e-1 a, e-2 b, e-3 c, gap f-2 reset, f-3 d";
		expect(found({ log: ["e a b", "f d"], told, losing: true, asked: [["c", 20, "e-3"]] })).toEqual([]);
	});

	test("the log was set back behind a whole epoch, and the reader was told so and everything again", () => {
		const told = "e-1 a, e-2 b, gap f-2 reset, f-3 gone, gap e-0 reset, e-1 a, e-2 b, e-3 c, e-4 d";
		expect(found({ log: all, told, losing: true, asked: [["gone", 20, "f-3"]] })).toEqual([]);
	});

	test("what had no answer is stored, or is not", () => {
		expect(found({ log: all, asked: [["lost", 1, "unknown"]] })).toEqual([]);
		expect(found({ log: ["e a b c d late"], asked: [["late", 1, "unknown"]] })).toEqual([]);
	});

	test("one of two that were asked under one name was refused", () => {
		expect(found({ log: all, asked: [["b", 1, "refused"]] })).toEqual([]);
	});
});

describe("found is", () => {
	test("a message that was acknowledged and is lost", () => {
		expect(found({ log: all, asked: [["lost", 50, "e-5"]] })).toEqual(["news: lost was acknowledged as e-5, and is lost"]);
	});

	test("one that is lost from the middle, even where a tail could be lost", () => {
		const told = "e-1 a, gap f-1 reset, f-2 b, f-3 c, f-4 d";
		expect(found({ log: ["e a", "f b c d"], told, losing: true, asked: [["lost", 50, "e-1"]] })).toEqual([
			"news: lost was acknowledged as e-1, which is a",
		]);
	});

	test("a tail that is lost after all that could lose one", () => {
		const told = "e-1 a, e-2 b, e-3 c, gap f-3 reset, f-4 d";
		expect(found({ log: ["e a b c", "f d"], told, losing: true, asked: [["lost", 150, "e-5"]] })).toEqual([
			"news: lost was acknowledged as e-5, and is lost",
		]);
	});

	test("a message that was told and is lost", () => {
		expect(found({ log: all, asked: [["x", 50, "unknown"]], told: "e-1 a, e-2 b, e-3 c, e-4 d, e-5 x" })).toEqual([
			"news: readers were told x as e-5, and it is lost",
			"news: ann stands at e-5, and the head is e-4",
		]);
	});

	test("a message that a reader never got, and a gap that it was not told", () => {
		expect(found({ log: all, told: "e-1 a, e-3 c, e-4 d" })).toEqual([
			"news: ann was not told what is between e-1 and e-3, nor a gap",
			"news: ann never got 1 that are kept, the first of them e-2",
		]);
	});

	test("a reader that never came to the head", () => {
		expect(found({ log: all, told: "e-1 a, e-2 b" })).toEqual([
			"news: ann never got 2 that are kept, the first of them e-3",
			"news: ann stands at e-2, and the head is e-4",
		]);
	});

	test("a beginning that is missing", () => {
		const told = "e-2 b, e-3 c, e-4 d";
		expect(found({ log: all, told })[0]).toBe("news: ann began at the first message with e-2");
		expect(found({ log: all, start: "e-0", told })[0]).toBe("news: ann was not told what is between e-0 and e-2, nor a gap");
	});

	test("a message that was told twice", () => {
		const again = ["news: ann was told e-2 to 4 again, after 1 to 2"];
		expect(found({ log: all, told: "e-1 a, e-2 b, e-2 b, e-3 c, e-4 d" })).toEqual(again);
		expect(found({ log: all, told: "e-1 a, e-2 b, gap e-1 reset, e-2 b, e-3 c, e-4 d", losing: true })).toEqual(again);
	});

	test("messages in another order", () => {
		expect(found({ log: all, told: "e-1 a, e-3 c, e-2 b, e-4 d" })).toContain("news: ann was told e-2 after e-3, out of order");
	});

	test("a gap where nothing was lost, and one over what is kept", () => {
		const told = "e-1 a, gap e-3 reset, e-4 d";
		const never = "news: ann never got 2 that are kept, the first of them e-2";
		expect(found({ log: all, told })).toEqual(["news: ann was told a gap (reset) to e-3, where nothing was lost", never]);
		expect(found({ log: all, told, losing: true })).toEqual([never]);
	});

	test("a gap of a kind that nothing here explains", () => {
		expect(found({ log: all, told: "gap e-0 expired, e-1 a, e-2 b, e-3 c, e-4 d", losing: true })).toEqual([
			"news: ann was told a gap that is none: expired",
		]);
	});

	test("an id that two messages were given", () => {
		expect(found({ log: all, toldBob: "e-1 a, e-2 c, e-3 c, e-4 d" })).toEqual([
			"news: e-2 was told as c, and to ann as b",
			"news: readers were told c as e-2, where the log has b",
		]);
	});

	test("an id that was acknowledged for one message and is another", () => {
		expect(found({ log: all, losing: true, asked: [["gone", 30, "e-4"]] })).toEqual([
			"news: gone was acknowledged as e-4, which is d",
		]);
	});

	test("a message that nobody published", () => {
		expect(found({ log: ["e a b c d x"] })).toEqual([
			"news: the log has x as e-5, which nobody published there",
			"news: readers were told x as e-5, which nobody published",
		]);
	});

	test("a tail that was lost in silence: the reader stands beyond the head", () => {
		const told = "e-1 a, e-2 b, e-3 c, e-4 d";
		expect(found({ log: ["e a b c"], told, losing: true })).toContain("news: ann stands at e-4, and the head is e-3");
	});

	test("a tail that was lost in silence: the reader goes on in another epoch", () => {
		const told = "e-1 a, e-2 b, e-3 c, f-3 d";
		expect(found({ log: ["e a b", "f d"], told, losing: true })).toEqual(["news: ann went from e-3 to f-3 with no gap told"]);
	});

	test("an epoch that began although nothing could be lost", () => {
		expect(found({ log: ["e a b c", "f d"], told: "e-1 a, e-2 b, e-3 c, gap f-3 reset, f-4 d" })).toEqual([
			"news: the log has 2 epochs, and 0 times something could be lost",
			"news: ann was told a gap (reset) to f-3, where nothing was lost",
		]);
	});

	test("a message that is stored twice under one key, and acknowledged under two ids", () => {
		expect(found({ log: ["e a b c d a"], asked: [["a", 50, "e-5"]] })).toEqual([
			"news: a is stored twice, as e-1 and e-5",
			"news: a was acknowledged as e-1 and as e-5",
		]);
	});

	test("a message that was refused and is stored later", () => {
		expect(found({ log: ["e a b c d x"], asked: [["x", 1, "refused"]] })).toEqual([
			"news: x was refused before e-4 was asked for, and stands behind it as e-5",
		]);
	});

	test("a message that stands behind what was asked for after it was acknowledged", () => {
		expect(found({ log: ["e b a c d"] })).toEqual([
			"news: a was acknowledged before e-1 was asked for, and stands behind it as e-2",
		]);
	});
});
