import { expect, test } from "vitest";
import { readTraceparent, traceIdOf } from "./traceparent.ts";

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const span = "00f067aa0ba902b7";
const known = `00-${trace}-${span}-01`;

test("a traceparent is taken as it is, and of a later version the part that is known", () => {
	expect(readTraceparent(known)).toBe(known);
	expect(readTraceparent(`cc-${trace}-${span}-01`)).toBe(known);
	expect(readTraceparent(`cc-${trace}-${span}-01-what-the-future-adds`)).toBe(known);
	expect(traceIdOf(known)).toBe(trace);
});

test.each([
	["nothing", ""],
	["no trace", `00-${"0".repeat(32)}-${span}-01`],
	["no span", `00-${trace}-${"0".repeat(16)}-01`],
	["the version that is not allowed", `ff-${trace}-${span}-01`],
	["more than its version has", `${known}-x`],
	["more without a dash", `cc-${trace}-${span}-01x`],
	["capitals", known.toUpperCase()],
	["too short a trace", `00-${trace.slice(1)}-${span}-01`],
	["two of them, as Node joins headers", `${known}, ${known}`],
	["a line feed behind it", `${known}\n`],
	["space around it", ` ${known}`],
])("%s is none", (_, text) => {
	expect(readTraceparent(text)).toBeUndefined();
});
