/** Calls from the bench to the processes it started, over the pipe that Node keeps between parent and child. */

export type Calls = { readonly [Name in string]: (argument: never) => unknown };

export interface Call {
	readonly id: number;
	readonly name: string;
	readonly argument: unknown;
}

export interface Answer {
	readonly id: number;
	readonly value?: unknown;
	readonly error?: string;
}

/** In the child: answers with `calls` for as long as the bench lives. */
export function answer(calls: Calls): void {
	const handle = async ({ id, name, argument }: Call): Promise<Answer> => {
		try {
			const call = calls[name] as (argument: unknown) => unknown;
			return { id, value: await call(argument) };
		} catch (error) {
			return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
		}
	};
	process.on("message", (call: Call) => {
		void handle(call).then((answered) => process.send?.(answered));
	});
	// Also when the bench was killed and could not end anybody.
	process.on("disconnect", () => process.exit(0));
}
