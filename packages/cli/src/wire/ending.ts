/** How a conversation with a server can fail: told apart by whether it is worth another try. */

interface BrokenOptions {
	readonly wait?: number | undefined;
	readonly answered?: boolean;
	readonly paced?: boolean;
	readonly cause?: unknown;
}

/** The connection did not come about, broke, or the server asks for patience. */
export class Broken extends Error {
	/** Milliseconds that the server asked to wait. */
	readonly wait: number | undefined;
	/** Whether a server had answered at all. */
	readonly answered: boolean;

	/** Whether it is only too fast for the server, which is well and will take it. */
	readonly paced: boolean;

	constructor(message: string, options: BrokenOptions = {}) {
		super(message, { cause: options.cause });
		this.name = "Broken";
		this.wait = options.wait;
		this.answered = options.answered ?? true;
		this.paced = options.paced ?? false;
	}
}

/** The server's answer is no, and will be the same next time. */
export class Refused extends Error {
	constructor(message: string) {
		super(message);
		this.name = "Refused";
	}
}
