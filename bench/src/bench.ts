/** `npm run bench`: measures everybody side by side and writes the report; works named are measured and printed alone. */

import { table } from "./report/table.ts";
import { readOptions } from "./run/options.ts";
import type { Section, Table } from "./work/work.ts";

const options = readOptions(process.argv.slice(2));
const say = (text: string) => console.error(text);

for (const { name } of options.missing) say(`${name} is not installed: left out`);
const sections: Section[] = [];
for (const work of options.works) {
	const section = await work.run({ ...options, say });
	sections.push(section);
	if (!options.json) print(section);
}
if (options.json) console.log(JSON.stringify(sections, null, "\t"));

function print(section: Section): void {
	const shown = ({ title, columns, rows }: Table) =>
		[
			title ?? "",
			table(
				["", "load", ...columns.map((column) => column.title), "note"],
				rows.map((row) => [
					`${row.peer} ${row.wire ?? ""}`,
					row.load,
					...columns.map(({ figure, digits }) => {
						const value = row.figures[figure];
						if (value === undefined) return "";
						return digits === "percent" ? `${Math.round(value * 100)} %` : value.toFixed(digits);
					}),
					row.note ?? "",
				]),
			),
		].join("\n");
	const judged = section.verdicts.map(
		({ met, target, sense, bound, unit, value }) =>
			`${met ? "PASS" : "FAIL"} ${target}: ${value.toFixed(2)} ${unit} (${sense} ${bound})`,
	);
	console.log([`# ${section.title}`, ...section.tables.map(shown), judged.join("\n"), section.notes.join("\n")].join("\n\n"));
}
