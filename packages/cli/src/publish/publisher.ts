/** Sends batches and sends them again where no answer came; idempotency keys make that store once. */
import type http from "node:http";
import { type ErrorCode, errors } from "@holdfast/protocol";
import { CommandError } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { backoff } from "../wire/backoff.ts";
import { Broken, Refused } from "../wire/ending.ts";
import { failure, problemLine, readText, type Server, send } from "../wire/request.ts";
import type { Item } from "./batch.ts";

export interface Outcome {
	readonly item: Item;
	/** The message's id, or why it was refused. */
	readonly id?: string;
	readonly refused?: string;
}

export interface Publishing {
	readonly server: Server;
	readonly agent: http.Agent;
	/** Milliseconds for which to try again. */
	readonly patience: number;
	readonly note: (line: string) => void;
}

const silence = 30_000;

/**
 * What became of each item, in their order.
 *
 * @throws CommandError when the server refuses the whole, or does not answer within `patience`.
 */
export async function publishBatch(publishing: Publishing, items: readonly Item[], io: Io): Promise<readonly Outcome[]> {
	const outcomes = new Map<Item, Outcome>();
	let began = io.now();
	for (let failures = 0; ; failures++) {
		const left = items.filter((item) => !outcomes.has(item));
		const trouble = await attempt(publishing, left, outcomes);
		if (trouble === undefined) break;
		const delay = backoff(failures, io.random(), trouble.wait);
		// A rate is not an outage: it is kept to, for as long as it takes.
		if (trouble.paced) began = io.now() + delay;
		if (io.now() + delay - began > publishing.patience) {
			throw new CommandError("unreachable", trouble.message, { cause: trouble });
		}
		publishing.note(`${trouble.message}; again in ${(delay / 1000).toFixed(1)} s`);
		await io.sleep(delay, io.stop);
		if (io.stop.aborted) throw new CommandError("failed", "stopped while waiting for the server", { cause: trouble });
	}
	return items.map((item) => outcomes.get(item) ?? { item, refused: "no receipt" });
}

/** Undefined when every item has its outcome, else why some need another try. */
async function attempt(
	{ server, agent }: Publishing,
	items: readonly Item[],
	outcomes: Map<Item, Outcome>,
): Promise<Broken | undefined> {
	try {
		const body = `[${items.map(({ json }) => json).join(",")}]`;
		const response = await send({ server, target: "/v1/messages", agent, silence, body });
		const text = await readText(response);
		if (response.statusCode !== 201 && response.statusCode !== 200) throw failure(response, text);
		return readReceipts(text, items, outcomes);
	} catch (error) {
		if (error instanceof Refused) throw new CommandError("failed", error.message, { cause: error });
		if (error instanceof Broken) return error;
		throw error;
	}
}

function readReceipts(text: string, items: readonly Item[], outcomes: Map<Item, Outcome>): Broken | undefined {
	const receipts = parseReceipts(text, items.length);
	let again: Broken | undefined;
	for (const [i, item] of items.entries()) {
		const receipt = receipts[i] as { readonly id?: unknown; readonly code?: unknown } | null;
		if (typeof receipt?.id === "string") {
			outcomes.set(item, { item, id: receipt.id });
			continue;
		}
		const refused = problemLine(receipt) ?? "the server gave no receipt";
		if (mayRetry(receipt?.code)) again = new Broken(`line ${item.line}: ${refused}`, { paced: receipt?.code === "rate_limited" });
		else outcomes.set(item, { item, refused });
	}
	return again;
}

function parseReceipts(text: string, count: number): readonly unknown[] {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (cause) {
		throw new Broken("the server's receipts are not JSON", { cause });
	}
	if (Array.isArray(value) && value.length === count) return value;
	throw new Refused("the server answered with something else than a receipt for each message");
}

function mayRetry(code: unknown): boolean {
	return typeof code === "string" && Object.hasOwn(errors, code) && errors[code as ErrorCode].retry;
}
