/** The report as Markdown; charts lie beside it. */
import type { Column, Row, Run, Section, Table } from "../work/work.ts";
import type { Machine } from "./machine.ts";
import { decimals, percent, table } from "./table.ts";
import { verdictTable } from "./verdict.ts";

function cell(row: Row, { figure, digits }: Column): string {
	const value = row.figures[figure];
	if (value === undefined || !Number.isFinite(value)) return "–";
	return digits === "percent" ? percent(value) : decimals(value, digits);
}

function nameOf({ peer, wire }: Row): string {
	return [peer, wire].filter(Boolean).join(" ");
}

/** Loads and notes have a column only where they say something. */
export function tableText({ title, columns, rows }: Table): string {
	const several = new Set(rows.map(({ load }) => load)).size > 1;
	const noted = rows.some(({ note }) => note !== undefined);
	const head = ["", ...(several ? ["load"] : []), ...columns.map((column) => column.title), ...(noted ? [""] : [])];
	const lines = rows.map((row) => [
		nameOf(row),
		...(several ? [row.load] : []),
		...columns.map((column) => cell(row, column)),
		...(noted ? [(row.note ?? "").replace(/\|/g, "\\|").replace(/\s+/g, " ")] : []),
	]);
	const heading = [title, several ? undefined : rows[0]?.load].filter((part) => part !== undefined && part !== "");
	return [...(heading.length > 0 ? [`**${[...new Set(heading)].join(": ")}**`] : []), table(head, lines)].join("\n\n");
}

export function sectionText(section: Section, note: string | undefined): string {
	const pictures = section.charts.map(({ name, title, unit }) => `![${title}: ${unit}](${name}.svg)`);
	return [
		`## ${section.title}`,
		section.text,
		...(section.verdicts.length > 0 ? [verdictTable(section.verdicts)] : []),
		...(note === undefined || note === "" ? [] : [note]),
		...pictures,
		...section.tables.map(tableText),
		...(section.notes.length > 0 ? [section.notes.map((line) => `- ${line}`).join("\n")] : []),
	].join("\n\n");
}

function comparedText({ peers }: Run): string {
	const rows = peers.map(({ name, version, source }) => [name, version ?? "not installed", source]);
	return table(["compared", "version", "from"], rows);
}

function targetsText({ sections }: Run): string {
	const verdicts = sections.flatMap((section) => section.verdicts);
	const met = verdicts.filter((verdict) => verdict.met).length;
	const missed = verdicts.filter((verdict) => !verdict.met);
	const count = `${met} of ${verdicts.length} targets are met.`;
	return missed.length === 0 ? count : [`${count} Missed:`, verdictTable(missed)].join("\n\n");
}

export function reportText(run: Run, machine: Machine, notes: ReadonlyMap<string, string>): string {
	const { cpu, cores, memory, kernel, node } = machine;
	const pinned = machine.pinned
		? "The server and what it belongs to has core 0, the load generator core 1."
		: "**Server and generator had no core each: taskset or a second core is missing.**";
	const parts = [
		"# What the bench measured",
		"Written by `npm run bench`; what is said about it by hand comes from [notes.md](../notes.md).",
		`${run.date.slice(0, 16).replace("T", " ")} UTC, in ${Math.round(run.seconds / 60)} minutes. ${cpu}, ${cores} cores, ${memory}, Linux ${kernel}, Node ${node}. ${pinned}`,
		targetsText(run),
		...(notes.has("report") ? [notes.get("report") as string] : []),
		comparedText(run),
		...run.sections.map((section) => sectionText(section, notes.get(section.name))),
	];
	return `${parts.join("\n\n")}\n`;
}
