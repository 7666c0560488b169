import { Command } from "commander";
import type { Io } from "../io.ts";
import { makeKey } from "../token/key.ts";
import { patternList } from "./arguments.ts";

interface Flags {
	readonly read?: readonly string[];
	readonly publish?: readonly string[];
	readonly admin?: boolean;
}

export function keyCommand(io: Io): Command {
	return new Command("key")
		.summary("make an API key for a back end")
		.description(
			"Make an API key. The key goes to standard output, once, and its entry for the list apiKeys of the config file, which holds but its hash, to standard error.",
		)
		.argument("<name>", "the back end; its messages are from this name")
		.option("--read <pattern...>", "Channels that it may read: names, with * at the end for any rest.", patternList)
		.option("--publish <pattern...>", "Channels that it may publish to.", patternList)
		.option("--admin", "May administer.")
		.addHelpText("after", examples)
		.action((name: string, flags: Flags) => makeKey(name, flags, io));
}

const examples = `
Examples:
  holdfast key shop --publish 'orders.*'
  HOLDFAST_TOKEN=$(holdfast key ops --admin 2>>entry.json)`;
