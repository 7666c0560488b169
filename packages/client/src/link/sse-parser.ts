/** One event of an event stream. */
export interface SseEvent {
	readonly event: string;
	readonly data: string;
	/** Milliseconds before coming back, where the block says it. */
	readonly retry: number | undefined;
}

/**
 * Reads the server's own event stream from text that comes in pieces, cut anywhere. It need not read any other: lines end with a
 * line feed, data are one line of JSON, and of ids each message has its own. Blocks without data are comments.
 */
export function sseParser(): (piece: string) => SseEvent[] {
	let rest = "";
	return (piece) => {
		const blocks = (rest + piece).split("\n\n");
		rest = blocks.pop() as string;
		return blocks.flatMap((block) => {
			const { event = "", data, retry } = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s)));
			return data === undefined ? [] : { event, data, retry: retry && Number(retry) };
		});
	};
}
