import { diagnostics } from "@holdfast/server";
import { expect, test } from "vitest";
import { tellDiagnostics } from "./tell-diagnostics.ts";

test("what the library tells becomes a line each, until it is muted", () => {
	const lines: string[] = [];
	const mute = tellDiagnostics(({ text }) => lines.push(text));
	diagnostics.fault.tell({ during: "append", error: new Error("disk on\nfire") });
	diagnostics.damagedRecord.tell({ channel: "chat", offset: 7 });
	diagnostics.slowReader.tell({ channels: ["a", "b", "c"], transport: "sse" });
	mute();
	diagnostics.fault.tell({ during: "append", error: new Error("again") });
	expect(lines).toEqual([
		"fault during append: disk on\\nfire",
		"damaged record in chat at offset 7; its readers are told a gap",
		"slow reader of a and 2 more over sse sent away; it can come back with its cursor",
	]);
});
