/** One event of an event stream: its fields as they are written. */
export interface SseEvent {
	readonly event?: string;
	readonly data: string;
	/** Milliseconds before coming back, where the block says it. */
	readonly retry?: string;
}

/**
 * Reads the server's own event stream from text that comes in pieces, cut anywhere. It need not read any other: lines end with a
 * line feed, and data are one line of JSON. Blocks without data are comments.
 */
export function sseParser(): (piece: string) => SseEvent[] {
	let rest = "";
	return (piece) => {
		const blocks = (rest + piece).split("\n\n");
		rest = blocks.pop() as string;
		return blocks
			.map((block): SseEvent => Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s))))
			.filter(({ data }) => data);
	};
}
