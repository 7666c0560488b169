import { expect, test } from "vitest";
import { humanGap, humanMessage, jsonMessage } from "./print.ts";

const message = { id: "e-1", channel: "chat", data: "hello" as unknown, time: new Date(2026, 10, 21, 1, 2, 3, 4).getTime() };

test("a message is one line: time, id, what is set, data", () => {
	expect(humanMessage(message, { several: false })).toBe("2026-11-21 01:02:03.004  e-1  hello");
	const full = { ...message, event: "said", key: "k", from: "ann", data: { a: [1] } };
	expect(humanMessage(full, { several: true })).toBe('2026-11-21 01:02:03.004  chat  e-1  [said]  {k}  <ann>  {"a":[1]}');
});

test("bytes are base64, as on the wire", () => {
	const bytes = { ...message, data: Uint8Array.of(0, 1) };
	expect(humanMessage(bytes, { several: false })).toMatch(/ {2}base64:AAE=$/);
	expect(JSON.parse(jsonMessage(bytes))).toEqual({ ...message, data: "AAE=", encoding: "base64" });
	expect(JSON.parse(jsonMessage(message))).toEqual(message);
});

test("nothing that others publish breaks the line or steers the terminal", () => {
	const hostile = "\x1b]0;title\x07\r\n\u2028\u202e\u0000\ud800\u009b31m";
	const line = humanMessage({ ...message, data: hostile, event: hostile, from: hostile }, { several: false });
	expect(line).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
	expect(line.isWellFormed()).toBe(true);
	expect(line).toContain("\\u001b]0;title\\u0007\\r\\n\\u2028\\u202e\\u0000\\ud800\\u009b31m");
});

test("what is not a time, or not data, is printed as it is", () => {
	expect(humanMessage({ ...message, time: Number.POSITIVE_INFINITY }, { several: false })).toMatch(/^Infinity {2}e-1/);
	expect(humanMessage({ ...message, data: null }, { several: false })).toMatch(/ {2}null$/);
});

test("a gap says why, and from where it goes on", () => {
	const gap = { channel: "chat", after: "e-1", next: "e-9", reason: "expired" } as const;
	expect(humanGap(gap)).toBe("gap in chat: what followed e-1 is gone (older than what is kept); going on after e-9");
});
