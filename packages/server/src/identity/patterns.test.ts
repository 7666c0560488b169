import { describe, expect, test } from "vitest";
import { matches, mostSpecific, parsePattern } from "./patterns.ts";

test.each([
	["chat", "chat", true],
	["chat", "chat.a", false],
	["chat", "cha", false],
	["chat.*", "chat.a", true],
	["chat.*", "chat.a.b", true],
	["chat.*", "chat.", false],
	["chat.*", "chat", false],
	["chat.*", "chatXa", false],
	["*", "chat", true],
	["*", "$webhooks", false],
])("%s on %s: %s", (pattern, channel, expected) => {
	expect(matches(parsePattern(pattern), channel)).toBe(expected);
});

describe("{sub}", () => {
	test.each([
		["user.{sub}", "user.ann", "ann", true],
		["user.{sub}", "user.anna", "ann", false],
		["user.{sub}.*", "user.ann.inbox", "ann", true],
		["user.{sub}.*", "user.ann", "ann", false],
		["{sub}.{sub}", "ann.ann", "ann", true],
		["{sub}.{sub}", "ann.bob", "ann", false],
		["user.{sub}", "user.", "", false],
		["user.{sub}", "user.bob", "*", false],
		["user.{sub}", "user.bob", "{sub}", false],
		["user.{sub}.*", "user.bob.inbox", "*", false],
		["{sub}*", "anna", "", false],
		["{sub}", "$tickets", "$tickets", false],
		["{sub}*", "$tickets.used", "$tickets", false],
	])("%s on %s for %s: %s", (pattern, channel, subject, expected) => {
		expect(matches(parsePattern(pattern), channel, subject)).toBe(expected);
	});

	test("without a subject it matches nothing", () => {
		expect(matches(parsePattern("user.{sub}"), "user.{sub}")).toBe(false);
		expect(matches(parsePattern("user.{sub}"), "user.")).toBe(false);
	});
});

test.each(["a*b", "**", "*.chat", "{sub}*.x", "", "chat room", "{user}", "$webhooks", "a/b", "user.{sub"])(
	"%j, which no channel can match, is refused",
	(text) => {
		expect(() => parsePattern(text)).toThrow(
			`has the pattern ${JSON.stringify(text)}: a pattern is a channel name, with * at its end`,
		);
	},
);

test("the most specific of those that match is taken, whatever their order", () => {
	const entries = ["*", "chat.*", "chat.room", "chat.room*", "chat.r*"].map((text) => ({ text, pattern: parsePattern(text) }));
	const best = (channel: string) => [entries, entries.toReversed()].map((list) => mostSpecific(list, channel)?.text);
	expect(best("chat.room")).toEqual(["chat.room", "chat.room"]);
	expect(best("chat.room1")).toEqual(["chat.room*", "chat.room*"]);
	expect(best("chat.x")).toEqual(["chat.*", "chat.*"]);
	expect(best("news")).toEqual(["*", "*"]);
	expect(best("$webhooks")).toEqual([undefined, undefined]);
});
