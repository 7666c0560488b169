/**
 * Thousands of runs of the client in a virtual world, each from its seed. `SEEDS=20000` makes more of them, `FIRST=2000` others,
 * and `SEED=17` one, with all that happens in it.
 */
import { connect } from "@holdfast/client";
import { expect, test } from "vitest";
import { plant, roomForFour } from "./planted.ts";
import { simulate } from "./run.ts";

const { SEED, SEEDS = "2000", FIRST = "0" } = process.env;

/** What happens in a run, line by line. */
async function trace(seed: number): Promise<string[]> {
	const lines: string[] = [];
	await simulate(seed, connect, (line) => lines.push(line));
	return lines;
}

// One seed is looked at when it is asked for.
test.runIf(SEED)(`seed ${SEED}`, async () => {
	for (const line of await trace(Number(SEED))) console.log(line);
	expect(await simulate(Number(SEED), connect)).toEqual([]);
});

// Who asks for one seed does not want the others.
test.skipIf(SEED)(
	`over ${SEEDS} runs nothing is lost, repeated or out of order, and every gap is told and true`,
	async () => {
		const failed: string[] = [];
		for (let seed = Number(FIRST); seed < Number(FIRST) + Number(SEEDS) && failed.length < 5; seed++) {
			const wrong = await simulate(seed, connect);
			if (wrong.length === 0) continue;
			if (failed.length === 0) for (const line of await trace(seed)) console.log(line);
			failed.push(`SEED=${seed} npx vitest run test/client/simulation/simulation.test.ts\n${wrong.join("\n")}`);
		}
		expect(failed).toEqual([]);
	},
	3_600_000,
);

test("the same seed is the same run", async () => {
	for (let seed = 0; seed < 10; seed++) {
		const lines = await trace(seed);
		expect(lines.length).toBeGreaterThan(20);
		expect(await trace(seed)).toEqual(lines);
	}
});

// As above.
test.skipIf(SEED)(
	"nor where there is room for four messages that wait for a handler, in place of five hundred",
	async () => {
		const client = await plant(roomForFour);
		const failed: string[] = [];
		for (let seed = 0; seed < Number(SEEDS) / 4 && failed.length < 5; seed++) {
			failed.push(...(await simulate(seed, client)).map((wrong) => `seed ${seed}: ${wrong}`));
		}
		expect(failed).toEqual([]);
	},
	3_600_000,
);
