import { Command } from "commander";
import type { Done } from "../exit-codes.ts";
import { inspect } from "../inspect/inspect.ts";
import type { Io } from "../io.ts";

export function inspectCommand(io: Io, done: Done): Command {
	return new Command("inspect")
		.summary("show what a data folder holds")
		.description(
			"Show what a data folder holds: channels, heads, sizes and its owner. Writes nothing. A server that runs is asked by GET /v1/channels.",
		)
		.argument("<folder>", "the data folder of a server")
		.option("--json", "Print one JSON object.")
		.addHelpText("after", examples)
		.action(async (folder: string, { json = false }: { json?: boolean }) => {
			if (!(await inspect(folder, json, io))) done("failed");
		});
}

const examples = `
Examples:
  holdfast inspect holdfast-data
  holdfast inspect holdfast-data --json | jq '.channels[] | select(.messages > 1000) | .channel'`;
