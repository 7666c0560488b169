/** Sends batches and sends them again where no answer came; idempotency keys make that store once. */
import { HoldfastError } from "@holdfast/client";
import type { ErrorCode } from "@holdfast/protocol";
import { CommandError } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { type Server, wordsOf } from "../wire/server.ts";
import { backoff } from "./backoff.ts";
import type { Item } from "./batch.ts";
import { post, problemOf } from "./post.ts";

export interface Outcome {
	readonly item: Item;
	/** The message's id, or why it was refused. */
	readonly id?: string;
	readonly refused?: string;
}

export interface Publishing {
	readonly server: Server;
	/** Milliseconds for which to try again. */
	readonly patience: number;
	readonly note: (line: string) => void;
}

/** Why another try is needed. */
interface Trouble {
	readonly words: string;
	readonly error: HoldfastError;
}

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
		const trouble = await attempt(publishing.server, left, outcomes);
		if (trouble === undefined) break;
		const { words, error } = trouble;
		const delay = backoff(failures, io.random(), error.retryAfter);
		// A rate is not an outage: it is kept to, for as long as it takes.
		if (error.code === "rate_limited") began = io.now() + delay;
		if (io.now() + delay - began > publishing.patience) throw new CommandError("unreachable", words, { cause: error });
		publishing.note(`${words}; again in ${(delay / 1000).toFixed(1)} s`);
		await io.sleep(delay, io.stop);
		if (io.stop.aborted) throw new CommandError("failed", "stopped while waiting for the server", { cause: error });
	}
	return items.map((item) => outcomes.get(item) ?? { item, refused: "no receipt" });
}

/** Undefined when every item has its outcome. */
async function attempt(server: Server, items: readonly Item[], outcomes: Map<Item, Outcome>): Promise<Trouble | undefined> {
	try {
		return readReceipts(await post(server, `[${items.map(({ json }) => json).join(",")}]`), items, outcomes);
	} catch (error) {
		if (!(error instanceof HoldfastError)) throw error;
		const words = wordsOf(error, server);
		if (error.passing) return { words, error };
		throw new CommandError("failed", words, { cause: error });
	}
}

function readReceipts(answer: unknown, items: readonly Item[], outcomes: Map<Item, Outcome>): Trouble | undefined {
	if (!Array.isArray(answer) || answer.length !== items.length) {
		throw new CommandError("failed", "the server answered with something else than a receipt for each message");
	}
	let again: Trouble | undefined;
	for (const [i, item] of items.entries()) {
		const receipt = answer[i] as { readonly id?: unknown } | null;
		const problem = problemOf(receipt);
		const refused = problem === undefined ? "the server gave no receipt" : `${problem.code}: ${problem.detail}`;
		const error = problem && new HoldfastError(problem.code as ErrorCode, problem.detail);
		if (typeof receipt?.id === "string") outcomes.set(item, { item, id: receipt.id });
		else if (error?.passing) again = { words: `line ${item.line}: ${refused}`, error };
		else outcomes.set(item, { item, refused });
	}
	return again;
}
