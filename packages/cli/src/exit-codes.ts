/** What the command's exit code says, as one table: `--help` and docs/cli.md show it. */
export const exitCodes = {
	ok: { code: 0, sentence: "Done, or ended as asked: Ctrl-C, SIGTERM, --count, a closed pipe." },
	failed: { code: 1, sentence: "The server refused something, or a part failed; standard error names it." },
	usage: { code: 2, sentence: "An argument, a setting or the config file is wrong; nothing was done." },
	unreachable: { code: 3, sentence: "The server cannot be reached, or did not come back in time." },
	unavailable: { code: 4, sentence: "The port, the certificate, the data folder, the Redis or the app cannot be opened." },
} as const;

export type ExitReason = keyof typeof exitCodes;

/** How a command tells that it came to an end which is not all well. */
export type Done = (reason: ExitReason) => void;

/** Ends the command with a line on standard error and no stack: what a person did, not what the code did. */
export class CommandError extends Error {
	readonly exit: ExitReason;

	constructor(exit: ExitReason, message: string, options?: ErrorOptions) {
		super(message, options);
		this.name = "CommandError";
		this.exit = exit;
	}
}

/** What an error says, for such a line. */
export function describe(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
