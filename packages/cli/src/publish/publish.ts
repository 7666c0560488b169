/** `holdfast publish`: one message from the arguments, or one for each line of standard input. */
import { CommandError } from "../exit-codes.ts";
import { type Io, say } from "../io.ts";
import { visible } from "../trace/trace.ts";
import type { Server } from "../wire/server.ts";
import { batches, type Draft, type Item, longestBatch, makeItem } from "./batch.ts";
import { type Line, linesOf } from "./lines.ts";
import { type Outcome, publishBatch } from "./publisher.ts";

export interface PublishOptions {
	readonly server: Server;
	readonly draft: Draft;
	/** Undefined: the lines of standard input. */
	readonly data: string | undefined;
	/** Milliseconds for which to try again. */
	readonly patience: number;
}

/**
 * Whether everything was kept.
 *
 * @throws CommandError when the server refuses all, or does not answer.
 */
export async function publish(options: PublishOptions, io: Io): Promise<boolean> {
	const { server, draft, data, patience } = options;
	const tally = new Tally(draft.channel, data === undefined, io);
	const note = (line: string) => tally.note(`holdfast: ${visible(line)}`);
	const source = data === undefined ? linesOf(io.stdin, longestBatch) : [[{ number: 1, text: data }]];
	const hangUp = () => void io.stdin.destroy();
	io.stop.addEventListener("abort", hangUp);
	try {
		for await (const lines of source) {
			// What one piece of input holds goes at once: waiting for a full batch would hold back a slow producer's messages.
			for (const batch of batches(takeItems(draft, lines, tally))) {
				tally.count(await publishBatch({ server, patience, note }, batch, io));
			}
		}
	} catch (error) {
		// Asked to stop, it ends between two batches: what was sent has its answers.
		if (!io.stop.aborted || error instanceof CommandError) throw error;
	} finally {
		io.stop.removeEventListener("abort", hangUp);
		tally.end();
	}
	return tally.refused === 0;
}

function takeItems(draft: Draft, lines: readonly Line[], tally: Tally): Item[] {
	const items: Item[] = [];
	for (const line of lines) {
		const item = makeItem(draft, line);
		if ("fault" in item) tally.refuse(item.line, item.fault);
		else items.push(item);
	}
	return items;
}

/** Progress a few times a second, where a person looks on. */
const progressInterval = 200;

class Tally {
	refused = 0;
	#published = 0;
	#told = 0;
	#open = false;
	readonly #began: number;
	readonly #channel: string;
	readonly #lines: boolean;
	readonly #io: Io;

	constructor(channel: string, lines: boolean, io: Io) {
		this.#channel = channel;
		this.#lines = lines;
		this.#io = io;
		this.#began = io.now();
	}

	count(outcomes: readonly Outcome[]): void {
		for (const { item, id, refused } of outcomes) {
			if (refused !== undefined) this.refuse(item.line, refused);
			if (id === undefined) continue;
			this.#published++;
			if (!this.#lines) say(this.#io.stdout, id);
		}
		this.#progress();
	}

	refuse(line: number, why: string): void {
		this.refused++;
		this.note(`holdfast: ${this.#lines ? `line ${line}: ` : ""}${visible(why)}`);
	}

	note(line: string): void {
		if (this.#open) this.#io.stderr.write("\n");
		this.#open = false;
		say(this.#io.stderr, line);
	}

	end(): void {
		if (this.#open) this.#io.stderr.write("\n");
		if (!this.#lines) return;
		const seconds = ((this.#io.now() - this.#began) / 1000).toFixed(1);
		const refused = this.refused === 0 ? "" : `, ${this.refused} refused`;
		say(this.#io.stdout, `published ${messages(this.#published)} to ${this.#channel} in ${seconds} s${refused}`);
	}

	#progress(): void {
		const now = this.#io.now();
		if (!this.#lines || this.#io.stderr.isTTY !== true || now - this.#told < progressInterval) return;
		this.#told = now;
		this.#open = true;
		this.#io.stderr.write(`\r${messages(this.#published)} …`);
	}
}

function messages(count: number): string {
	return count === 1 ? "1 message" : `${count} messages`;
}
