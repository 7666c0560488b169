/** Puts the report into `bench/results`, in the place of the one before. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Run } from "../work/work.ts";
import { chartSvg } from "./chart/chart.ts";
import { describeMachine } from "./machine.ts";
import { reportText } from "./markdown.ts";
import { notesOf } from "./notes.ts";

const results = fileURLToPath(new URL("../../results/", import.meta.url));
const notesFile = fileURLToPath(new URL("../../notes.md", import.meta.url));

/** Returns the file to read. */
export function writeReport(run: Run, folder: string = results): string {
	mkdirSync(folder, { recursive: true });
	// A chart that nobody draws any longer would stay for good.
	for (const name of readdirSync(folder)) if (name.endsWith(".svg")) rmSync(join(folder, name));
	const notes = notesOf(existsSync(notesFile) ? readFileSync(notesFile, "utf8") : "");
	const machine = describeMachine();
	for (const chart of run.sections.flatMap((section) => section.charts)) {
		writeFileSync(join(folder, `${chart.name}.svg`), chartSvg(chart));
	}
	writeFileSync(join(folder, "results.json"), `${JSON.stringify({ machine, ...run }, null, "\t")}\n`);
	const report = join(folder, "README.md");
	writeFileSync(report, reportText(run, machine, notes));
	return report;
}
