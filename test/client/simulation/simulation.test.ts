import { connect } from "@holdfast/client";
import { expect, test } from "vitest";
import { simulate } from "./run.ts";

/** `SEEDS=20000` runs more, `SEED=17` one, with all that happens in it. */
const { SEED, SEEDS = "2000", FIRST = "0" } = process.env;

test.runIf(SEED)(`seed ${SEED}`, async () => {
	const wrong = await simulate(Number(SEED), connect, (line) => console.log(line));
	expect(wrong).toEqual([]);
});

test.skipIf(SEED)(`${SEEDS} runs`, { timeout: 600_000 }, async () => {
	const failed = new Map<number, string[]>();
	const begun = performance.now();
	for (let seed = Number(FIRST); seed < Number(FIRST) + Number(SEEDS); seed++) {
		const wrong = await simulate(seed, connect);
		if (wrong.length > 0) failed.set(seed, wrong);
	}
	console.log(`${failed.size} failed of ${SEEDS} in ${performance.now() - begun} ms`);
	const kinds = new Map<string, number[]>();
	for (const [seed, [first = ""]] of failed) {
		const kind = first.replace(/\d+/g, "#").replace(/(news|chat|tick:#)/g, "C").slice(0, 150);
		kinds.set(kind, [...(kinds.get(kind) ?? []), seed]);
	}
	for (const [kind, seeds] of [...kinds].sort((a, b) => b[1].length - a[1].length)) console.log(seeds.length, kind, seeds.slice(0, 6).join(" "));
	expect(failed.size).toBe(0);
});
