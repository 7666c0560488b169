/** The command line: what can be asked, and with which exit code it ends. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { inspectCommand } from "./commands/inspect-command.ts";
import { keyCommand } from "./commands/key-command.ts";
import { publishCommand } from "./commands/publish-command.ts";
import { serveCommand } from "./commands/serve-command.ts";
import { tailCommand } from "./commands/tail-command.ts";
import { tokenCommand } from "./commands/token-command.ts";
import { CommandError, type Done, type ExitReason, exitCodes } from "./exit-codes.ts";
import { type Io, say } from "./io.ts";

/** Runs `arguments_` (without node and script) to its end; resolves with the exit code. */
export async function run(arguments_: readonly string[], io: Io): Promise<number> {
	let reason: ExitReason = "ok";
	const done = (outcome: ExitReason) => {
		reason = outcome;
	};
	try {
		await makeProgram(io, done).parseAsync([...arguments_], { from: "user" });
	} catch (error) {
		return exitCodes[explain(error, io)].code;
	}
	return exitCodes[reason].code;
}

function makeProgram(io: Io, done: Done): Command {
	const version = readVersion();
	const program = new Command("holdfast")
		.description("Real-time delivery for the web: durable channels, read by polling, Server-Sent Events or WebSocket.")
		.version(version, "-V, --version", "Print the version.")
		.helpOption("-h, --help", "Print this help.")
		.helpCommand("help [command]", "Print the help of a command.")
		.exitOverride()
		.configureOutput({
			writeOut: (text) => void io.stdout.write(text),
			writeErr: (text) => void io.stderr.write(text),
			outputError: (text, write) => write(text.replace(/^error: /, "holdfast: ")),
		})
		.addHelpText("after", examples);
	const commands = [
		serveCommand(io, version),
		publishCommand(io, done),
		tailCommand(io),
		inspectCommand(io, done),
		tokenCommand(io),
		keyCommand(io),
	];
	for (const command of commands) {
		program.addCommand(command.copyInheritedSettings(program).helpOption("-h, --help", "Print this help."));
	}
	return program;
}

const examples = `
Examples:
  holdfast serve                                    a server that keeps messages in ./holdfast-data
  holdfast publish chat "Hello"                     one message
  tail -f app.log | holdfast publish log -          a message for each line
  holdfast tail chat --last 10                      the newest ten, then what comes
  holdfast tail chat --transport websocket --trace  and see each frame

Exit codes:
${Object.values(exitCodes)
	.map(({ code, sentence }) => `  ${code}  ${sentence}`)
	.join("\n")}`;

/** One clear line for what a person did; the stack only for what is a fault of this code. */
function explain(error: unknown, io: Io): ExitReason {
	// Commander has said it already. Its only good ends are help and version, which exit with 0.
	if (error instanceof CommanderError) return error.exitCode === 0 ? "ok" : "usage";
	if (error instanceof CommandError) {
		say(io.stderr, `holdfast: ${error.message}`);
		return error.exit;
	}
	say(io.stderr, `holdfast: this is a fault of holdfast: ${error instanceof Error ? error.stack : String(error)}`);
	return "failed";
}

function readVersion(): string {
	const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
	return (JSON.parse(text) as { version: string }).version;
}
