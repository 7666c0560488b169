/** Messages on their way: what `POST /v1/messages` takes at once. */
import type { Line } from "./lines.ts";

export interface Item {
	/** The line it came from. */
	readonly line: number;
	/** One element of the body's array. */
	readonly json: string;
}

export interface Draft {
	readonly channel: string;
	readonly event: string | undefined;
	readonly key: string | undefined;
	/** Whether lines are JSON already. */
	readonly json: boolean;
	/** Begins every idempotency key of this run. */
	readonly run: string;
}

/** The server's bounds for one request. */
export const longestBatch = 1024 * 1024;
const mostItems = 1000;

/** The item of a line, or why it is none. */
export function makeItem(draft: Draft, line: Line): Item | { readonly line: number; readonly fault: string } {
	if ("fault" in line) return { line: line.number, fault: line.fault };
	const data = draft.json ? checkJson(line.text) : JSON.stringify(line.text);
	if (data === undefined) return { line: line.number, fault: "not JSON" };
	const { channel, event, key } = draft;
	const fields = JSON.stringify({ channel, event, key, idempotencyKey: `${draft.run}.${line.number}` });
	// The data's own text goes out, so that a number keeps the digits it was written with.
	const json = `${fields.slice(0, -1)},"data":${data}}`;
	const size = Buffer.byteLength(json);
	if (size + 2 > longestBatch) return { line: line.number, fault: `${size} bytes as JSON; a request takes ${longestBatch}` };
	return { line: line.number, json };
}

/** In order, each as large as a request may be. */
export function* batches(items: readonly Item[]): Generator<readonly Item[]> {
	let batch: Item[] = [];
	let size = 2;
	for (const item of items) {
		const more = Buffer.byteLength(item.json) + 1;
		if (batch.length > 0 && (batch.length === mostItems || size + more > longestBatch)) {
			yield batch;
			batch = [];
			size = 2;
		}
		batch.push(item);
		size += more;
	}
	if (batch.length > 0) yield batch;
}

function checkJson(text: string): string | undefined {
	try {
		JSON.parse(text);
		return text;
	} catch {
		return undefined;
	}
}
