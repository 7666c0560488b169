/** A reader that goes on from its cursor with a new connection, however often it loses the old one. */
import { setTimeout } from "node:timers/promises";
import type { TestReader, Way, WireMessage } from "@holdfast/server/testing";

export class LastingReader {
	readonly messages: WireMessage[] = [];
	readonly gaps: unknown[] = [];
	/** How often it has come back. */
	returns = -1;
	readonly way: Way;
	readonly #channel: string;
	#cursor = "first";

	constructor(way: Way, channel: string) {
		this.way = way;
		this.#channel = channel;
	}

	/** Reads until `stopped`. Rejects when it was told anything that does not follow what it was told before. */
	async run(port: number, stopped: () => boolean): Promise<void> {
		while (!stopped()) {
			const reader = await this.#open(port);
			if (reader === undefined) continue;
			this.returns++;
			let taken = 0;
			do {
				await setTimeout(20);
				for (; taken < reader.messages.length; taken++) this.messages.push(reader.messages[taken] as WireMessage);
			} while (reader.ended === undefined && !stopped());
			this.#leave(reader, taken);
		}
	}

	async #open(port: number): Promise<TestReader | undefined> {
		try {
			return await this.way.open({ host: "127.0.0.1", port }, { channels: [this.#channel], after: this.#cursor });
		} catch (error) {
			if (/told wrong/.test(String(error))) throw error;
			await setTimeout(50);
			return undefined;
		}
	}

	#leave(reader: TestReader, taken: number): void {
		try {
			reader.close();
		} catch (error) {
			// A connection that broke is what happens here; all else is a fault.
			if ((error as NodeJS.ErrnoException).code === undefined) throw error;
		}
		this.messages.push(...reader.messages.slice(taken));
		this.gaps.push(...reader.gaps);
		this.#cursor = reader.cursor ?? this.#cursor;
	}
}
