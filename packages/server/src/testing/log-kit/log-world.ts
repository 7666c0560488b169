/** What each case of the kit stands on: a log with a clock to turn and chance that repeats. */
import assert from "node:assert/strict";
import type { Message } from "@holdfast/protocol";
import type { Random } from "../../clock.ts";
import type { Draft, Log, LogPage, Receipt, Start, Stored } from "../../log/log.ts";
import type { StoreLimits } from "../../options.ts";
import { ManualClock } from "../manual-clock.ts";

export interface LogKitOptions extends Partial<StoreLimits> {
	readonly clock: ManualClock;
	readonly random: Random;
}

export interface OpenedLog {
	readonly log: Log;
	/** Opens again what a closed log has kept. */
	reopen?(): Promise<Log>;
	/** Clears away what the store leaves behind; called once, after the log was closed. */
	clear?(): Promise<void>;
}

export type OpenLog = (options: LogKitOptions) => Promise<OpenedLog>;

export type Case = (world: LogWorld) => Promise<void>;

export const much = { messages: 1000, bytes: 1024 ** 2 };

export class LogWorld {
	readonly clock = new ManualClock();
	readonly #open: OpenLog;
	#opened: OpenedLog | undefined;
	#log: Log | undefined;
	#seed = 1;

	constructor(open: OpenLog) {
		this.#open = open;
	}

	async open(limits: Partial<StoreLimits> = {}): Promise<Log> {
		this.#opened = await this.#open({ ...limits, clock: this.clock, random: () => this.#random() });
		this.#log = this.#opened.log;
		return this.#log;
	}

	async reopen(): Promise<Log> {
		await this.#log?.close();
		assert.ok(this.#opened?.reopen, "a store that keeps gives `reopen`");
		this.#log = await this.#opened.reopen();
		return this.#log;
	}

	async end(): Promise<void> {
		await this.#log?.close();
		await this.#opened?.clear?.();
	}

	/** Numbers without an end that repeat from run to run. */
	#random(): number {
		this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
		return this.#seed / 2 ** 32;
	}
}

export function draft(channel: string, data: unknown, more: Partial<Draft> = {}): Draft {
	return { channel, data: JSON.stringify(data), ...more };
}

/** Publishes one message after another. */
export async function publish(log: Log, channel: string, ...data: readonly unknown[]): Promise<Stored[]> {
	const all: Stored[] = [];
	for (const one of data) all.push(...stored(await log.append([draft(channel, one)])));
	return all;
}

export function stored(receipts: readonly Receipt[]): Stored[] {
	return receipts.map((receipt) => {
		assert.ok("id" in receipt, `stored, not refused: ${JSON.stringify(receipt)}`);
		return receipt;
	});
}

export function dataOf(messages: readonly Message[]): unknown[] {
	return messages.map(({ data }) => JSON.parse(data));
}

export function offsetsOf(messages: readonly Message[]): number[] {
	return messages.map(({ offset }) => offset);
}

export function range(first: number, last: number): number[] {
	return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Reads on until nothing more is kept, as a reader that is behind does. */
export async function readAll(log: Log, channel: string, start: Start = "first", limit = much): Promise<LogPage[]> {
	const pages = [await log.read(channel, start, limit)];
	for (let page = pages[0]; page?.more; page = pages.at(-1)) pages.push(await log.read(channel, page.next, limit));
	return pages;
}

/** What happens on its own happens within this time. */
export async function eventually(check: () => Promise<boolean>, what: string): Promise<void> {
	for (let i = 0; i < 400; i++) {
		if (await check()) return;
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
	assert.fail(`${what}: not within 2 s`);
}
