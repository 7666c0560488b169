import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Row, Section } from "../work/work.ts";
import { type Bound, judgeBound } from "./bounds.ts";

const bound: Bound = {
	says: "deliveries a second of Nchan's",
	work: "fan-out",
	figure: "rate",
	of: { peer: "Holdfast", wire: "sse", load: "window 16" },
	to: { peer: "Nchan", wire: "sse", load: "window 16" },
	atLeast: 4,
};

function sections(ours: Partial<Row>, theirs: Partial<Row> | undefined): Section[] {
	const common = { wire: "sse", load: "window 16", figures: {} } as const;
	const rows = [{ ...common, peer: "Holdfast", ...ours }, ...(theirs ? [{ ...common, peer: "Nchan", ...theirs }] : [])];
	return [{ name: "fan-out", title: "", text: "", tables: [{ columns: [], rows }], charts: [], verdicts: [], notes: [] }];
}

const rate = (value: number) => ({ figures: { rate: value } });

test("a ratio is kept at its bound, and broken beyond it", () => {
	expect(judgeBound(bound, sections(rate(400), rate(100)))).toMatchObject({ state: "ok", measured: "4.00 ×" });
	expect(judgeBound(bound, sections(rate(399), rate(100)))).toMatchObject({ state: "BROKEN" });
	const most = { ...bound, atLeast: 0.5, atMost: 1.2 };
	expect(judgeBound(most, sections(rate(120), rate(100))).state).toBe("ok");
	expect(judgeBound(most, sections(rate(121), rate(100))).state).toBe("BROKEN");
	expect(judgeBound(most, sections(rate(40), rate(100))).state).toBe("BROKEN");
});

test("a run of ours without figures is broken, and says what was wrong", () => {
	const lost = { note: "reader 3 lost message 7" };
	expect(judgeBound(bound, sections(lost, rate(100)))).toMatchObject({ state: "BROKEN", measured: "reader 3 lost message 7" });
	expect(judgeBound(bound, [])).toMatchObject({ state: "BROKEN", measured: "no figure of ours" });
});

test("a peer that is missing or failed says nothing about us", () => {
	expect(judgeBound(bound, sections(rate(1), undefined))).toMatchObject({ state: "not measured", measured: "no Nchan here" });
	expect(judgeBound(bound, sections(rate(1), { note: "answered 500" }))).toMatchObject({ measured: "answered 500" });
});

test("each stored bound has a sentence and something that can break it", () => {
	const stored = JSON.parse(readFileSync(new URL("../../bounds.json", import.meta.url), "utf8")) as Bound[];
	for (const { says, atLeast, atMost } of stored) {
		expect(says.length, says).toBeGreaterThan(20);
		expect(atLeast ?? atMost, says).toBeTypeOf("number");
	}
	expect(new Set(stored.map(({ says }) => says)).size).toBe(stored.length);
});
