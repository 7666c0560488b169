import { expect, test } from "vitest";
import { Recent } from "./recent.ts";

test("what is asked for again is made once, the oldest is forgotten, and what is nothing is not remembered", () => {
	const made: string[] = [];
	const recent = new Recent(2, (name) => {
		made.push(name);
		return name === "nothing" ? undefined : { name };
	});
	const a = recent.get("a");
	recent.get("b");
	expect(recent.get("a")).toBe(a);
	expect(made).toEqual(["a", "b"]);
	recent.get("nothing");
	recent.get("nothing");
	recent.get("c");
	recent.get("b");
	recent.get("a");
	expect(made).toEqual(["a", "b", "nothing", "nothing", "c", "a"]);
});
