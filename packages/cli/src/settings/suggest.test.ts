import { expect, test } from "vitest";
import { didYouMean, suggest } from "./suggest.ts";

const known = ["host", "port", "data", "memory", "retentionAge", "retentionBytes", "pingInterval"];

test.each([
	["prot", "port"],
	["pingInteval", "pingInterval"],
	["retentionage", "retentionAge"],
	["retentionByte", "retentionBytes"],
	["HOST", "host"],
])("%s was meant as %s", (typed, meant) => {
	expect(suggest(typed, known)).toBe(meant);
});

test("what resembles nothing gets no suggestion", () => {
	for (const typed of ["", "x", "colour", "completelyDifferent"]) expect(suggest(typed, known)).toBeUndefined();
	expect(didYouMean("colour", known)).toBe("");
});

test("a suggestion is spelled as its place spells names", () => {
	expect(didYouMean("prot", known, (name) => `--${name}`)).toBe(" (did you mean --port?)");
});
