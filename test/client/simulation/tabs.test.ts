/**
 * Hundreds of runs of a browser whose tabs share a connection, each from its seed. `SEEDS=20000` makes more of them, `FIRST=500`
 * others, and `SEED=17` one, with all that happens in it.
 */
import { connect } from "@holdfast/client";
import { expect, test } from "vitest";
import { simulateTabs } from "./tabs-run.ts";

const { SEED, SEEDS = "500", FIRST = "0" } = process.env;

/** What happens in a run, line by line. */
async function trace(seed: number): Promise<string[]> {
	const lines: string[] = [];
	await simulateTabs(seed, connect, (line) => lines.push(line));
	return lines;
}

// One seed is looked at when it is asked for.
test.runIf(SEED)(`seed ${SEED}`, async () => {
	for (const line of await trace(Number(SEED))) console.log(line);
	expect(await simulateTabs(Number(SEED), connect)).toEqual([]);
});

// Who asks for one seed does not want the others.
test.skipIf(SEED)(
	`over ${SEEDS} runs of a few tabs nothing is lost or repeated, and there is one connection`,
	async () => {
		const failed: string[] = [];
		for (let seed = Number(FIRST); seed < Number(FIRST) + Number(SEEDS) && failed.length < 5; seed++) {
			const wrong = await simulateTabs(seed, connect);
			if (wrong.length === 0) continue;
			if (failed.length === 0) for (const line of await trace(seed)) console.log(line);
			failed.push(`SEED=${seed} npx vitest run test/client/simulation/tabs.test.ts\n${wrong.join("\n")}`);
		}
		expect(failed).toEqual([]);
	},
	3_600_000,
);

test("the same seed is the same run", async () => {
	for (let seed = 0; seed < 3; seed++) {
		const lines = await trace(seed);
		expect(lines.length).toBeGreaterThan(20);
		expect(await trace(seed)).toEqual(lines);
	}
});
