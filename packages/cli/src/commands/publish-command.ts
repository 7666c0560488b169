import { randomUUID } from "node:crypto";
import { isEventName, isLabel } from "@holdfast/protocol";
import { Command, InvalidArgumentError, Option } from "commander";
import { CommandError, type Done } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { publish } from "../publish/publish.ts";
import { channelArgument, type ServerOptions, serverFrom, timeArgument, tokenOption, urlOption } from "./arguments.ts";

interface Options extends ServerOptions {
	readonly event?: string;
	readonly key?: string;
	readonly json?: true;
	readonly retryFor: number;
}

export function publishCommand(io: Io, done: Done): Command {
	return new Command("publish")
		.summary("publish a message, or each line of standard input")
		.description("Publish a message, or a message for each line of standard input. Prints the message's id, or a count.")
		.argument("<channel>", "where to publish", channelArgument)
		.argument("[data]", "the message; - or nothing: a message for each line of standard input")
		.option("--event <name>", "The messages' event name.", eventArgument)
		.option("--key <key>", "The messages' key.", keyArgument)
		.option("--json", "Data and lines are JSON, not text.")
		.addOption(
			new Option("--retry-for <time>", "How long to try again when the server does not answer.")
				.argParser(timeArgument)
				.default(60_000, "1m"),
		)
		.addOption(urlOption())
		.addOption(tokenOption())
		.addHelpText("after", examples)
		.action(async (channel: string, data: string | undefined, options: Options) => {
			if (data === undefined && io.stdin.isTTY === true) {
				throw new CommandError("usage", "what to publish? Give the data, or - to type lines (end with Ctrl-D)");
			}
			const { event, key, json = false, retryFor: patience } = options;
			const draft = { channel, event, key, json, run: randomUUID() };
			const kept = await publish({ server: serverFrom(options, io), draft, data: data === "-" ? undefined : data, patience }, io);
			if (!kept) done("failed");
		});
}

const examples = `
Lines go in order, in batches of what is there. A batch that got no answer is sent again with the same idempotency keys, so
that each line is stored once. A line that is refused is named on standard error, and the rest goes on.

Examples:
  holdfast publish chat "Hello"
  holdfast publish chat '{"text":"Hello"}' --json --event said
  journalctl -f -o cat | holdfast publish log -`;

function eventArgument(text: string): string {
	if (isEventName(text)) return text;
	throw new InvalidArgumentError("An event name has 1 to 255 bytes without control characters, not beginning with $.");
}

function keyArgument(text: string): string {
	if (isLabel(text)) return text;
	throw new InvalidArgumentError("A key has 1 to 255 bytes without control characters.");
}
