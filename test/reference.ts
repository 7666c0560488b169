/** The pages of `docs/` that are made from tables. */
import { type ErrorCode, errors } from "@holdfast/protocol";
import { httpOptions, type OptionRow, serverOptions, storeOptions } from "@holdfast/server";
import { envName, flagName, settings } from "../packages/cli/src/settings/table.ts";
import { formatAmount } from "../packages/cli/src/settings/units.ts";

const made = "<!-- Made by `npm run docs` from the tables in the source. -->";

export function optionsPage(): string {
	const tables = { ...serverOptions, ...storeOptions, ...httpOptions };
	const own = settings.filter(({ key }) => !(key in tables));
	return page(
		"# Options",
		"Each limit below is an option of `createHoldfast` or of a store under the name in the first column, and a flag and an environment variable of `holdfast serve`. Embedded, sizes are numbers of bytes and times numbers of milliseconds; the command reads units as they stand here.",
		"The command takes the config file first, then the environment, then its flags; the last one counts.",
		"## The command's own",
		table(
			["setting", "what it is", "flag", "environment"],
			own.map(({ key, sentence, fileOnly }) => [
				code(key),
				sentence,
				...(fileOnly ? ["none: config file", "none"] : [code(flagName(key)), code(envName(key))]),
			]),
		),
		"## Limits of a server",
		optionsTable(serverOptions),
		"## What a store keeps",
		optionsTable(storeOptions),
		"## Limits of the HTTP server",
		"`holdfast serve` sets these on its own server; they are good ones for yours.",
		optionsTable(httpOptions),
	);
}

export function errorsPage(): string {
	const rows = (Object.keys(errors) as ErrorCode[]).map((name) => {
		const { status, title, retry, remedy } = errors[name];
		return [code(name), String(status), title, retry ? "yes" : "no", remedy];
	});
	return page(
		"# Errors",
		'Decide by `code`, never by the words. Over HTTP an error is `application/problem+json` (RFC 9457), on a WebSocket `op: "error"`, in process a `HoldfastError`.',
		"*Again* says whether the same request, unchanged, may succeed later.",
		table(["code", "status", "title", "again", "what to do"], rows),
	);
}

function optionsTable(options: Readonly<Record<string, OptionRow>>): string {
	const rows = Object.entries(options).map(([name, row]) => [
		code(name),
		formatAmount(row.default, row.unit),
		`${formatAmount(row.min, row.unit)} to ${formatAmount(row.max, row.unit)}`,
		row.sentence,
		code(flagName(name)),
		code(envName(name)),
	]);
	return table(["option", "default", "bounds", "what it is", "flag", "environment"], rows);
}

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
	const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
	return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

export function code(text: string): string {
	return `\`${text}\``;
}

export function page(...blocks: readonly string[]): string {
	return `${[blocks[0], made, ...blocks.slice(1)].join("\n\n")}\n`;
}
