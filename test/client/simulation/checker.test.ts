/** Histories with defects planted by hand: a checker that finds nothing must be known to look. */
import { describe, expect, test } from "vitest";
import { checkPublishing, checkReading } from "./checker.ts";
import type { Publishing, Reading, Told } from "./history.ts";
import { ModelChannel } from "./model-log.ts";

/** Fifty messages, the first ten trimmed; then five lost from the end, and other ones in their place; then a new life with three. */
function truth(): { channel: ModelChannel; at: number } {
	let now = 0;
	const channel = new ModelChannel("news", 1000, () => now);
	for (let i = 1; i <= 50; i++) {
		now = i;
		channel.append(`"${i}"`);
	}
	now = 100;
	channel.trim(40);
	now = 200;
	channel.loseTail(5);
	for (let i = 46; i <= 52; i++) channel.append(`"other ${i}"`);
	now = 300;
	channel.remove();
	for (let i = 1; i <= 3; i++) channel.append(`"anew ${i}"`);
	return { channel, at: now };
}

const { channel } = truth();
const truths = new Map([["news", channel]]);

const begun = (at: number, cursor: string): Told => ({ at, type: "begun", cursor });
const message = (at: number, id: string, data: string): Told => ({ at, type: "message", channel: "news", id, data });
const gap = (at: number, after: string, next: string, reason: string): Told => ({ at, type: "gap", after, next, reason });
const anew = [message(300, "a2-1", "anew 1"), message(300, "a2-2", "anew 2"), message(300, "a2-3", "anew 3")];

function check(told: Told[], more: Partial<Reading> = {}): string {
	const reading = { name: "reader", channel: "news", start: "a0-8", at: 8, beside: [], told, lasting: false, ...more };
	return checkReading(reading, truths).join("\n");
}

const start = begun(8, "a0-8");
const nine = message(60, "a0-9", "9");
const ten = message(60, "a0-10", "10");

describe("a history is whole", () => {
	test.each<[string, Told[], Partial<Reading>?]>([
		["where each message is the next one", [start, nine, ten]],
		["where a gap tells what was trimmed", [start, gap(150, "a0-8", "a0-10", "expired"), message(150, "a0-11", "11")]],
		[
			"where a gap tells what the log lost",
			[begun(50, "a0-50"), gap(200, "a0-50", "a0-45", "unknown"), message(200, "a0-46", "other 46")],
			{ start: "a0-50" },
		],
		[
			"where a gap tells the new life",
			[begun(50, "a0-50"), gap(300, "a0-50", "a2-0", "reset"), ...anew],
			{ start: "a0-50", lasting: true },
		],
		["where it begins at the first that was kept", [begun(110, "a0-10")], { start: "first", at: 105 }],
		["where it begins before the last ones", [begun(110, "a0-47")], { start: "last.3", at: 105 }],
		["where it begins now, and now moved on meanwhile", [begun(40, "a0-38")], { start: "now", at: 30 }],
		[
			"where what was lost was on its way to those that it joins",
			[begun(210, "a0-45"), message(220, "a0-46", "46")],
			{ start: "last.7", at: 205, beside: ["a0-45"] },
		],
		["where it begins where another one stands", [begun(40, "a0-20")], { start: "now", at: 30, beside: ["a0-20"] }],
	])("%s", (_, told, more) => expect(check(told, more)).toBe(""));
});

describe("it finds", () => {
	test.each<[string, RegExp, Told[], Partial<Reading>?]>([
		["a lost message", /missing, untold/, [start, ten]],
		["a repeated message", /repeated/, [start, nine, nine]],
		["messages in the wrong order", /out of order/, [start, ten, nine]],
		["an untold gap", /missing, untold/, [start, message(150, "a0-11", "11")]],
		["an untold new life", /another life of the log, untold/, [begun(50, "a0-50"), ...anew], { start: "a0-50" }],
		["a gap where nothing was gone yet", /not so/, [start, gap(60, "a0-8", "a0-10", "expired")]],
		["a gap that is too wide", /not so/, [start, gap(150, "a0-8", "a0-11", "expired")]],
		["a gap that is too narrow", /not so/, [start, gap(150, "a0-8", "a0-9", "expired")]],
		["a gap that begins elsewhere", /a gap after/, [start, nine, gap(150, "a0-8", "a0-10", "expired")]],
		["a gap with the wrong reason", /not so/, [start, gap(150, "a0-8", "a0-10", "unknown")]],
		["a new life that had not begun", /not so/, [start, gap(250, "a0-8", "a2-0", "reset")]],
		[
			"what the log had lost before it was told",
			/lost before/,
			[begun(50, "a0-50"), gap(200, "a0-50", "a0-45", "unknown"), message(200, "a0-46", "46")],
			{ start: "a0-50" },
		],
		[
			"what the log had lost before it began alone",
			/lost before/,
			[begun(210, "a0-45"), message(220, "a0-46", "46")],
			{ start: "last.7", at: 205 },
		],
		["a message before it has begun", /before it has begun/, [nine]],
		["a message before it was stored", /not of this log/, [begun(5, "a0-8"), message(6, "a0-9", "9")]],
		["other data than was stored", /not of this log/, [start, message(60, "a0-9", "10")]],
		["a message of another channel", /not of this log/, [start, { ...nine, channel: "chat" } as Told]],
		["that it began somewhere else than at the cursor", /begun at/, [begun(8, "a0-7")]],
		["that it began before now", /never now/, [begun(40, "a0-20")], { start: "now", at: 30 }],
		["that it began too far back", /never last\.3/, [begun(110, "a0-46")], { start: "last.3", at: 105 }],
		["that it began after the first", /never first/, [begun(110, "a0-11")], { start: "first", at: 105 }],
		["that it began twice", /begun twice/, [start, start]],
		["something after its end", /after it had ended/, [start, { at: 60, type: "ended", code: "closed" }, nine]],
		[
			"that it never came to the head",
			/stands at a2-2/,
			[begun(300, "a2-0"), ...anew.slice(0, 2)],
			{ start: "a2-0", lasting: true },
		],
		["that it never began", /stands at nowhere/, [], { lasting: true }],
	])("%s", (_, wrong, told, more) => expect(check(told, more)).toMatch(wrong));
});

describe("of what was published it finds", () => {
	const published = (data: string, outcome: Publishing["outcome"], abandoned = false): Publishing => {
		return { page: 1, channel: "news", data: `"${data}"`, outcome, abandoned };
	};
	const at = (id: string) => ({ id });

	test("nothing wrong where all is well", () => {
		const all = [
			published("1", at("a0-1")),
			published("50", at("a0-50")),
			published("no", { code: "forbidden" }),
			published("7", { code: "timed_out" }),
			published("other 46", undefined, true),
		];
		expect(checkPublishing(all, truths)).toEqual([]);
	});

	test.each<[string, RegExp, Publishing[]]>([
		["what is not in the log", /and is not/, [published("no", at("a0-1"))]],
		["an id that is another's", /and is not/, [published("2", at("a0-1"))]],
		[
			"what was stored out of order",
			/before what was published before/,
			[published("2", at("a0-2")), published("1", at("a0-1"))],
		],
		["what was refused and is stored", /and yet stored/, [published("1", { code: "forbidden" })]],
		["what nobody was told of", /never told/, [published("1", undefined)]],
	])("%s", (_, wrong, all) => expect(checkPublishing(all, truths).join()).toMatch(wrong));

	test("what was stored twice, but not what was stored again after it was lost", () => {
		const twice = new ModelChannel("news", 1000, () => 1);
		twice.append('"x"');
		twice.append('"x"');
		expect(checkPublishing([published("x", at("a0-1"))], new Map([["news", twice]])).join()).toMatch(/stored twice/);
		const again = new ModelChannel("news", 1000, () => 1);
		again.append('"x"');
		again.loseTail(1);
		again.append('"x"');
		expect(checkPublishing([published("x", at("a0-1"))], new Map([["news", again]]))).toEqual([]);
	});
});
