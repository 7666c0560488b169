/** The checker finds what it is there for: each defect is planted in a history in which all is well. */
import { describe, expect, test } from "vitest";
import { check } from "./check.ts";
import { History, type WalkRecorder } from "./history.ts";

interface Planted {
	/** Kept in the end: epoch, and names in order; offsets go on over epochs. */
	readonly log: readonly (readonly [epoch: string, ...names: string[]])[];
	/** Readers' walks. */
	readonly told?: (reader: WalkRecorder) => void;
	readonly history?: (history: History) => void;
	readonly start?: string;
}

const names = ["a", "b", "c", "d"];
const all = [["e", ...names]] as const;

/** Published a to d, one after another; acknowledged where they are kept. */
function found({ log, told, history: plant, start = "first" }: Planted): string[] {
	const history = new History();
	const kept = log.flatMap(([epoch, ...own]) => own.map((data) => ({ epoch, data })));
	const messages = kept.map(({ epoch, data }, i) => ({ id: `${epoch}-${i + 1}`, data }));
	for (const [i, name] of names.entries()) {
		const answered = history.asked("news", name, 10 * i);
		const message = messages.find(({ data }) => data === name);
		if (message) answered({ kept: message.id }, 10 * i + 5);
	}
	plant?.(history);
	const reader = history.reads("ann", "news", start);
	if (told) told(reader);
	else for (const { id, data } of messages) reader.took(id, data);
	return check(history, new Map([["news", messages]]));
}

const take = (reader: WalkRecorder, ...taken: readonly (readonly [id: string, data: string])[]) => {
	for (const [id, data] of taken) reader.took(id, data);
};
const loses = (history: History) => history.losing(0)(100);

describe("all is well where", () => {
	test("a reader was told everything", () => {
		expect(found({ log: all })).toEqual([]);
	});

	test("a reader began at a cursor and was told what follows it", () => {
		expect(found({ log: all, start: "e-2", told: (reader) => take(reader, ["e-3", "c"], ["e-4", "d"]) })).toEqual([]);
	});

	test("nothing was published", () => {
		expect(check(new History(), new Map([["news", []]]))).toEqual([]);
	});

	test("a tail was lost when it could be, and the reader was told", () => {
		const told = (reader: WalkRecorder) => {
			take(reader, ["e-1", "a"], ["e-2", "b"], ["e-3", "c"]);
			reader.gap("f-2", "reset");
			take(reader, ["f-3", "d"]);
		};
		const history = (one: History) => {
			loses(one);
			one.asked("news", "c", 20)({ kept: "e-3" }, 25);
		};
		expect(
			found({
				log: [
					["e", "a", "b"],
					["f", "d"],
				],
				told,
				history,
			}),
		).toEqual([]);
	});

	test("the log was set back behind a whole epoch, and the reader was told so and everything again", () => {
		const told = (reader: WalkRecorder) => {
			take(reader, ["e-1", "a"], ["e-2", "b"]);
			reader.gap("f-2", "reset");
			take(reader, ["f-3", "gone"]);
			reader.gap("e-0", "reset");
			take(reader, ["e-1", "a"], ["e-2", "b"], ["e-3", "c"], ["e-4", "d"]);
		};
		const history = (one: History) => {
			loses(one);
			one.asked("news", "gone", 20)({ kept: "f-3" }, 25);
		};
		expect(found({ log: all, told, history })).toEqual([]);
	});

	test("what had no answer is stored, or is not", () => {
		const history = (one: History) => void one.asked("news", "lost", 1)("unknown", 2);
		expect(found({ log: all, history })).toEqual([]);
		const stored = (one: History) => void one.asked("news", "late", 1)("unknown", 2);
		expect(found({ log: [["e", ...names, "late"]], history: stored })).toEqual([]);
	});

	test("one of two that were asked under one name was refused", () => {
		expect(found({ log: all, history: (one) => one.asked("news", "b", 1)("refused", 2) })).toEqual([]);
	});
});

describe("found is", () => {
	test("a message that was acknowledged and is lost", () => {
		const history = (one: History) => one.asked("news", "lost", 50)({ kept: "e-5" }, 55);
		expect(found({ log: all, history })).toEqual(["news: lost was acknowledged as e-5, and is lost"]);
	});

	test("one that is lost from the middle, even where a tail could be lost", () => {
		const history = (one: History) => {
			loses(one);
			one.asked("news", "lost", 50)({ kept: "e-1" }, 55);
		};
		const told = (reader: WalkRecorder) => {
			take(reader, ["e-1", "a"]);
			reader.gap("f-1", "reset");
			take(reader, ["f-2", "b"], ["f-3", "c"], ["f-4", "d"]);
		};
		expect(
			found({
				log: [
					["e", "a"],
					["f", "b", "c", "d"],
				],
				history,
				told,
			}),
		).toEqual(["news: lost was acknowledged as e-1, which is a"]);
	});

	test("a tail that is lost after all that could lose one", () => {
		const history = (one: History) => {
			loses(one);
			one.asked("news", "lost", 150)({ kept: "e-5" }, 155);
		};
		const told = (reader: WalkRecorder) => {
			take(reader, ["e-1", "a"], ["e-2", "b"], ["e-3", "c"]);
			reader.gap("f-3", "reset");
			take(reader, ["f-4", "d"]);
		};
		expect(
			found({
				log: [
					["e", "a", "b", "c"],
					["f", "d"],
				],
				history,
				told,
			}),
		).toEqual(["news: lost was acknowledged as e-5, and is lost"]);
	});

	test("a message that was told and is lost", () => {
		const history = (one: History) => void one.asked("news", "x", 50);
		const told = (reader: WalkRecorder) => take(reader, ["e-1", "a"], ["e-2", "b"], ["e-3", "c"], ["e-4", "d"], ["e-5", "x"]);
		expect(found({ log: all, history, told })).toEqual([
			"news: readers were told x as e-5, and it is lost",
			"news: ann stands at e-5, and the head is e-4",
		]);
	});

	test("a message that a reader never got, and a gap that it was not told", () => {
		expect(found({ log: all, told: (reader) => take(reader, ["e-1", "a"], ["e-3", "c"], ["e-4", "d"]) })).toEqual([
			"news: ann was not told what is between e-1 and e-3, nor a gap",
			"news: ann never got 1 that are kept, the first of them e-2",
		]);
	});

	test("a reader that never came to the head", () => {
		expect(found({ log: all, told: (reader) => take(reader, ["e-1", "a"], ["e-2", "b"]) })).toEqual([
			"news: ann never got 2 that are kept, the first of them e-3",
			"news: ann stands at e-2, and the head is e-4",
		]);
	});

	test("a beginning that is missing", () => {
		const told = (reader: WalkRecorder) => take(reader, ["e-2", "b"], ["e-3", "c"], ["e-4", "d"]);
		expect(found({ log: all, told })[0]).toBe("news: ann began at the first message with e-2");
		expect(found({ log: all, start: "e-0", told })[0]).toBe("news: ann was not told what is between e-0 and e-2, nor a gap");
	});

	test("a message that was told twice", () => {
		const told = (reader: WalkRecorder) => take(reader, ["e-1", "a"], ["e-2", "b"], ["e-2", "b"], ["e-3", "c"], ["e-4", "d"]);
		expect(found({ log: all, told })).toEqual(["news: ann was told e-2 to 4 again, after 1 to 2"]);
	});

	test("a message that is told again after a gap", () => {
		const told = (reader: WalkRecorder) => {
			take(reader, ["e-1", "a"], ["e-2", "b"]);
			reader.gap("e-1", "reset");
			take(reader, ["e-2", "b"], ["e-3", "c"], ["e-4", "d"]);
		};
		expect(found({ log: all, told, history: loses })).toEqual(["news: ann was told e-2 to 4 again, after 1 to 2"]);
	});

	test("messages in another order", () => {
		const told = (reader: WalkRecorder) => take(reader, ["e-1", "a"], ["e-3", "c"], ["e-2", "b"], ["e-4", "d"]);
		expect(found({ log: all, told })).toContain("news: ann was told e-2 after e-3, out of order");
	});

	test("a gap where nothing was lost, and one over what is kept", () => {
		const told = (reader: WalkRecorder) => {
			take(reader, ["e-1", "a"]);
			reader.gap("e-3", "reset");
			take(reader, ["e-4", "d"]);
		};
		const never = "news: ann never got 2 that are kept, the first of them e-2";
		expect(found({ log: all, told })).toEqual(["news: ann was told a gap (reset) to e-3, where nothing was lost", never]);
		expect(found({ log: all, told, history: loses })).toEqual([never]);
	});

	test("a gap of a kind that nothing here explains", () => {
		const told = (reader: WalkRecorder) => {
			reader.gap("e-0", "expired");
			for (const [i, name] of names.entries()) reader.took(`e-${i + 1}`, name);
		};
		expect(found({ log: all, told, history: loses })).toEqual(["news: ann was told a gap that is none: expired"]);
	});

	test("an id that two messages were given", () => {
		const history = (one: History) => {
			take(one.reads("bob", "news", "e-0"), ["e-1", "a"], ["e-2", "c"], ["e-3", "c"], ["e-4", "d"]);
		};
		expect(found({ log: all, history })).toEqual([
			"news: e-2 was told as c, and to ann as b",
			"news: readers were told c as e-2, where the log has b",
		]);
	});

	test("an id that was acknowledged for one message and is another", () => {
		const history = (one: History) => {
			loses(one);
			one.asked("news", "gone", 30)({ kept: "e-4" }, 35);
		};
		expect(found({ log: all, history })).toEqual(["news: gone was acknowledged as e-4, which is d"]);
	});

	test("a message that nobody published", () => {
		expect(found({ log: [["e", ...names, "x"]] })).toEqual([
			"news: the log has x as e-5, which nobody published there",
			"news: readers were told x as e-5, which nobody published",
		]);
	});

	test("a tail that was lost in silence: the reader stands beyond the head", () => {
		const told = (reader: WalkRecorder) => take(reader, ["e-1", "a"], ["e-2", "b"], ["e-3", "c"], ["e-4", "d"]);
		expect(found({ log: [["e", "a", "b", "c"]], told, history: loses })).toContain(
			"news: ann stands at e-4, and the head is e-3",
		);
	});

	test("a tail that was lost in silence: the reader goes on in another epoch", () => {
		const told = (reader: WalkRecorder) => take(reader, ["e-1", "a"], ["e-2", "b"], ["e-3", "c"], ["f-3", "d"]);
		expect(
			found({
				log: [
					["e", "a", "b"],
					["f", "d"],
				],
				told,
				history: loses,
			}),
		).toEqual(["news: ann went from e-3 to f-3 with no gap told"]);
	});

	test("an epoch that began although nothing could be lost", () => {
		const told = (reader: WalkRecorder) => {
			take(reader, ["e-1", "a"], ["e-2", "b"], ["e-3", "c"]);
			reader.gap("f-3", "reset");
			take(reader, ["f-4", "d"]);
		};
		expect(
			found({
				log: [
					["e", "a", "b", "c"],
					["f", "d"],
				],
				told,
			}),
		).toEqual([
			"news: the log has 2 epochs, and 0 times something could be lost",
			"news: ann was told a gap (reset) to f-3, where nothing was lost",
		]);
	});

	test("a message that is stored twice under one key, and acknowledged under two ids", () => {
		const history = (one: History) => one.asked("news", "a", 50)({ kept: "e-5" }, 55);
		expect(found({ log: [["e", ...names, "a"]], history })).toEqual([
			"news: a is stored twice, as e-1 and e-5",
			"news: a was acknowledged as e-1 and as e-5",
		]);
	});

	test("a message that was refused and is stored later", () => {
		const history = (one: History) => one.asked("news", "x", 1)("refused", 2);
		expect(found({ log: [["e", ...names, "x"]], history })).toEqual([
			"news: x was refused before e-4 was asked for, and stands behind it as e-5",
		]);
	});

	test("a message that stands behind what was asked for after it was acknowledged", () => {
		expect(found({ log: [["e", "b", "a", "c", "d"]] })).toEqual([
			"news: a was acknowledged before e-1 was asked for, and stands behind it as e-2",
		]);
	});
});
