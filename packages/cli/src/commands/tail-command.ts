import { parseCursor } from "@holdfast/protocol";
import { Command, InvalidArgumentError, Option } from "commander";
import { CommandError } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { type Transport, transports } from "../tail/open.ts";
import { tail } from "../tail/tail.ts";
import {
	channelArgument,
	countArgument,
	type ServerOptions,
	serverFrom,
	timeArgument,
	tokenOption,
	urlOption,
} from "./arguments.ts";

interface Options extends ServerOptions {
	readonly after?: string;
	readonly last?: number;
	readonly transport: Transport;
	readonly interval: number;
	readonly count?: number;
	readonly json?: true;
	readonly trace?: true;
}

/** What one reader may follow. */
const mostChannels = 128;

export function tailCommand(io: Io): Command {
	return new Command("tail")
		.summary("print what channels hold and what comes")
		.description("Print what channels hold and what comes, a line a message; goes on where it was when the server comes back.")
		.argument("<channel...>", "what to read", collectChannels)
		.option("--after <cursor>", "Begin after a cursor, or at first or now. (default: now)", cursorArgument)
		.addOption(new Option("--last <n>", "Begin with the newest n.").argParser(countArgument(1, 1000)).conflicts("after"))
		.addOption(new Option("--transport <name>", "How to read; each shows the same messages.").choices(transports).default("auto"))
		.addOption(new Option("--interval <time>", "The pause between two short polls.").argParser(timeArgument).default(1000, "1s"))
		.option("--count <n>", "End after n messages.", countArgument(1, Number.MAX_SAFE_INTEGER))
		.option("--json", "Print a JSON object a line: messages as on the wire, and gaps.")
		.option("--trace", "Show the wire on standard error: > sent, < received, = explained.")
		.addOption(urlOption())
		.addOption(tokenOption())
		.addHelpText("after", examples)
		.action(async (channels: readonly string[], options: Options) => {
			const { transport, interval, count = Number.POSITIVE_INFINITY, json = false, trace = false, after = "now", last } = options;
			if (channels.length > mostChannels) throw new CommandError("usage", `at most ${mostChannels} channels can be read at once`);
			if (channels.length > 1 && parseCursor(after)) throw new CommandError("usage", "a cursor is a place in one channel");
			const start = last === undefined ? { after } : { last };
			await tail({ server: serverFrom(options, io), channels, start, transport, interval, json, trace, count }, io);
		});
}

const examples = `
Where messages are gone a gap is told: on standard error, or with --json as a line {"gap": …}.

Examples:
  holdfast tail chat --last 10
  holdfast tail chat news --after first --json
  holdfast tail chat --transport long-poll --trace
  id=$(holdfast tail chat --count 1 --json | jq -r .id)     the next message's id
  holdfast tail chat --after "$id"                          what follows it`;

/** A channel named twice is read once. */
function collectChannels(text: string, channels: readonly string[] | undefined): readonly string[] {
	return [...new Set([...(channels ?? []), channelArgument(text)])];
}

function cursorArgument(text: string): string {
	if (text === "first" || text === "now" || parseCursor(text)) return text;
	throw new InvalidArgumentError("It takes first, now, or a cursor that the server gave.");
}
