/** Some hundred readers over all ways through one address, some of them our client, and what publishes to them. */
import { performance } from "node:perf_hooks";
import { connect, type Holdfast, type TransportName } from "@holdfast/client";
import { History } from "./history.ts";
import type { Nodes } from "./nodes.ts";
import { type Office, Publisher, publish } from "./publisher.ts";
import { type Form, markerName, Reader, sleep } from "./reader.ts";
import { fullSocket, longPoll, plainSocket, shortPoll, sse } from "./ways.ts";

export const channels: readonly string[] = Array.from({ length: 20 }, (_, i) => `news${i}`);
const ways = [shortPoll, longPoll, sse, plainSocket, fullSocket];
const clientWays: readonly (readonly TransportName[] | undefined)[] = [
	undefined,
	undefined,
	undefined,
	undefined,
	["websocket"],
	["sse"],
	["long-poll"],
	["short-poll"],
];
const publishers = 40;

export interface Size {
	readonly readers?: number;
	/** Messages published a second. */
	readonly perSecond?: number;
}

export class Crowd implements Office {
	readonly history = new History();
	readonly attempts: Office["attempts"] = [];
	readonly troubles: string[] = [];
	readonly readers: readonly Reader[];
	readonly #nodes: Nodes;
	readonly #perSecond: number;
	readonly #clients: Holdfast[] = [];
	readonly #publishers: readonly Publisher[];
	readonly #ends: Promise<void>[] = [];
	#marker = 0;

	constructor(nodes: Nodes, { readers = 300, perSecond = 200 }: Size = {}) {
		this.#perSecond = perSecond;
		this.#nodes = nodes;
		this.readers = Array.from({ length: readers }, (_, i) => {
			// One to three channels, spread so that each has as many readers.
			const own = [0, 7, 13].slice(0, 1 + (i % 3)).map((step) => channels[(i + step) % channels.length] as string);
			const form: Form = i % 2 === 0 || isClient(i) || wayOf(i) === fullSocket || wanders(i) ? "own" : "one";
			return new Reader(`${nameOf(i)} ${i}`, own, form, this.history);
		});
		this.#publishers = Array.from({ length: publishers }, (_, i) => new Publisher(this, `p${i}`, channels));
	}

	get told(): number {
		return this.readers.reduce((sum, { told }) => sum + told, 0);
	}

	start(): void {
		const { front, all } = this.#nodes;
		for (const [i, reader] of this.readers.entries()) {
			if (isClient(i)) this.#follow(reader, clientWays[i]);
			else this.#ends.push(reader.run(front, () => (wanders(i) ? anyWay() : wayOf(i))));
		}
		const nodes = all.map(({ url }) => url);
		for (const one of this.#publishers) this.#ends.push(one.run(front, nodes, this.#perSecond / publishers));
	}

	/** Publishes a marker to each channel and waits for all readers to have it. Answers who has it not in time. */
	async lagging(within: number): Promise<readonly Reader[]> {
		const end = performance.now() + within;
		const marker = ++this.#marker;
		const late = () => performance.now() > end;
		await Promise.all(
			channels.map(async (channel) => {
				while (!late()) {
					const result = await publish(this, this.#nodes.front, channel, markerName(marker, channel));
					if (result === "kept") return;
					await sleep(Math.min(result.wait, 500));
				}
			}),
		);
		const behind = () => this.readers.filter((reader) => !reader.reached(marker));
		while (!late() && behind().length > 0) await sleep(20);
		return behind();
	}

	async stopPublishing(): Promise<void> {
		for (const one of this.#publishers) one.stop();
		await Promise.all(this.#ends.slice(-publishers));
	}

	async close(): Promise<void> {
		for (const one of this.#publishers) one.stop();
		for (const client of this.#clients) client.close();
		for (const reader of this.readers) reader.stop();
		await Promise.all(this.#ends);
	}

	#follow(reader: Reader, transports: readonly TransportName[] | undefined): void {
		const client = connect(this.#nodes.front, transports ? { transports } : {});
		this.#clients.push(client);
		for (const name of reader.places.keys()) {
			const ended = (error: unknown) => reader.troubles.push(`${reader.name}: ended with ${error}`);
			client.channel<string>(name).subscribe((message) => reader.message(message), {
				after: "first",
				onGap: (gap) => reader.gap(gap),
				onEnd: (error) => void (reader.stopped || ended(error)),
			});
		}
	}
}

/** The first are our client; some of the others take another way each time. */
const isClient = (i: number) => i < clientWays.length;
const wanders = (i: number) => i % 25 === 24;
const wayOf = (i: number) => ways[i % ways.length] as (typeof ways)[number];
const anyWay = () => ways[Math.floor(Math.random() * ways.length)] as (typeof ways)[number];

function nameOf(i: number): string {
	if (isClient(i)) return `client ${clientWays[i] ?? "auto"}`;
	return wanders(i) ? "wanderer" : wayOf(i).name;
}
