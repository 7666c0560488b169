/** The server is killed at any instant, over and over, on one folder: what it has acknowledged is there, and readers notice nothing. */
import { setTimeout } from "node:timers/promises";
import { type TestReader, type Way, type WireMessage, wireWays } from "@holdfast/server/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningServer, startServer, temporaryFolder } from "../support/server.ts";
import { expectKept, readAll } from "./kept.ts";
import { type Acknowledged, HttpPublisher, type Publisher, SocketPublisher } from "./publishers.ts";

const rounds = 50;
const channel = "crash";

/** After how many acknowledgements the kill comes: some rounds end before the first flush, some after hundreds. */
const lifeOf = (round: number) => (round * 89) % 300;

/** However slow the machine is, a round comes to its end; in milliseconds. */
const longest = 2000;

/** A reader across all lives of the server: it goes on from its cursor, with a new connection. */
class LastingReader {
	readonly messages: WireMessage[] = [];
	readonly #way: Way;
	#reader: TestReader | undefined;
	#cursor = "first";

	constructor(way: Way) {
		this.#way = way;
	}

	async open(port: number): Promise<void> {
		this.#reader = await this.#way.open({ host: "127.0.0.1", port }, { channels: [channel], after: this.#cursor });
	}

	/** Fails when it was told a gap, or anything that does not follow what it was told before. */
	close(): void {
		const reader = this.#reader;
		if (reader === undefined) return;
		this.#cursor = reader.close();
		expect(reader.gaps).toEqual([]);
		this.messages.push(...reader.messages);
		this.#reader = undefined;
	}

	async until(count: number): Promise<void> {
		const missing = count - this.messages.length;
		await this.#reader?.until(() => (this.#reader?.messages.length ?? 0) >= missing, `all messages over ${this.#way.name}`);
	}
}

let server: RunningServer;
const folder = temporaryFolder();
beforeAll(async () => {
	const kept = ["--retention-messages", "1000000", "--retention-bytes", "1GiB"];
	server = await startServer({ args: ["--data", folder.path, ...kept] });
});
afterAll(async () => {
	await server.kill();
	folder.remove();
});

test(`${rounds} kills lose nothing that was acknowledged, leave no hole, and no reader sees a gap or a repeat`, async () => {
	const acknowledged: Acknowledged = new Map();
	const publishers: readonly Publisher[] = [
		new HttpPublisher("http1", acknowledged, 1),
		new HttpPublisher("http2", acknowledged, 1),
		new HttpPublisher("http3", acknowledged, 1),
		new HttpPublisher("batch", acknowledged, 20),
		new SocketPublisher("socket1", acknowledged),
		new SocketPublisher("socket2", acknowledged),
	];
	const readers = wireWays.map((way) => new LastingReader(way));
	for (let round = 0; round < rounds; round++) {
		await Promise.all(readers.map((reader) => reader.open(server.port)));
		const publishing = Promise.all(publishers.map((publisher) => publisher.run(server.port, () => false)));
		await killTime(acknowledged, acknowledged.size + lifeOf(round));
		await server.kill("SIGKILL");
		await publishing;
		for (const reader of readers) reader.close();
		await server.restart();
	}
	// Killed at work, and not before it.
	expect(acknowledged.size).toBeGreaterThan(rounds * 10);

	// What had no answer is asked for again: it was stored or it was not, and is stored once now.
	await Promise.all(publishers.map((publisher) => publisher.run(server.port, () => true)));
	const log = await readAll(server.url, channel);
	expectKept(log, acknowledged);

	await Promise.all(readers.map((reader) => reader.open(server.port)));
	await Promise.all(readers.map((reader) => reader.until(log.length)));
	for (const reader of readers) {
		reader.close();
		expect(reader.messages.length).toBe(log.length);
		for (const [i, message] of reader.messages.entries()) {
			const kept = log[i];
			if (message.id !== kept?.id || message.data !== kept.data)
				throw new Error(`${JSON.stringify(message)} was read, ${JSON.stringify(kept)} is kept`);
		}
	}
	console.log(`${rounds} kills, ${acknowledged.size} messages acknowledged, ${readers.length} readers`);
}, 300_000);

async function killTime(acknowledged: Acknowledged, count: number): Promise<void> {
	const end = performance.now() + longest;
	// A loop without a pause would take a processor from the server.
	while (acknowledged.size < count && performance.now() < end) await setTimeout(1);
}
