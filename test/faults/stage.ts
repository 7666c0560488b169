/** Runs faults one after another while everybody publishes and reads, and says what was wrong after any of them. */
import { performance } from "node:perf_hooks";
import { ask } from "../support/http.ts";
import { check } from "./check.ts";
import { Crowd, channels, type Size } from "./crowd.ts";
import type { Kept } from "./final-log.ts";
import type { Nodes } from "./nodes.ts";
import type { Attempt } from "./publisher.ts";
import { sleep } from "./reader.ts";
import { trailOf } from "./walk.ts";

export interface Fault {
	readonly name: string;
	/** What was acknowledged may be lost by it, if it is told. */
	readonly loses?: boolean;
	/** Resolves when it is over. */
	run(stage: Stage): Promise<void>;
}

/** Milliseconds in which all readers must be at the head again. */
const recovery = 10_000;

export class Stage {
	readonly nodes: Nodes;
	readonly crowd: Crowd;
	/** The same chances for the same seed. */
	readonly random: () => number;
	readonly wrong: string[] = [];
	/** What was done, and how long it took until all readers were at the head. */
	readonly done: { readonly name: string; readonly took: number; readonly recovered: number }[] = [];

	/** When Redis did not answer at all. */
	readonly pauses: { readonly from: number; readonly to: number }[] = [];

	constructor(nodes: Nodes, random: () => number, size?: Size) {
		this.nodes = nodes;
		this.random = random;
		this.crowd = new Crowd(nodes, size);
	}

	pick<T>(all: readonly T[]): T {
		return all[Math.floor(this.random() * all.length)] as T;
	}

	wait(least: number, most: number): Promise<void> {
		return sleep(least + this.random() * (most - least));
	}

	async begin(): Promise<void> {
		this.crowd.start();
		await this.#recover("the beginning");
		this.crowd.attempts.length = 0;
	}

	async run(fault: Fault): Promise<void> {
		const began = performance.now();
		const over = fault.loses ? this.crowd.history.losing(began) : () => undefined;
		await fault.run(this);
		const ended = performance.now();
		over(ended);
		await this.#recover(fault.name);
		this.done.push({ name: fault.name, took: ended - began, recovered: performance.now() - ended });
		for (const node of this.nodes.all) {
			if (isAlive(node.pid)) continue;
			this.say(`${fault.name}: a node has ended by itself: ${node.errors.slice(-20).join("\n")}`);
			await node.restart();
		}
	}

	/** Ends publishing, and decides by the history of everything. */
	async end(): Promise<void> {
		await this.crowd.stopPublishing();
		await this.#recover("the end");
		const logs = new Map<string, readonly Kept[]>();
		for (const channel of channels) logs.set(channel, await readAll(this.nodes.front, channel));
		for (const what of check(this.crowd.history, logs)) this.say(what);
		const astray = this.crowd.history.walks.filter(({ channel, reader }) =>
			this.wrong.some((what) => what.startsWith(`${channel}: ${reader} `)),
		);
		for (const walk of astray.slice(0, 3)) this.say(trailOf(walk));
		this.#checkPauses();
		for (const what of this.crowd.troubles) this.say(what);
		for (const { troubles } of this.crowd.readers) for (const what of troubles) this.say(what);
	}

	get summary(): string {
		const { attempts, told } = this.crowd;
		const kept = attempts.filter(({ status }) => status === 200 || status === 201).length;
		const slowest = Math.max(...this.done.map(({ recovered }) => recovered));
		const each = this.done.map((one) => `${one.name} ${seconds(one.took)}, at the head after ${seconds(one.recovered)}`);
		return `${this.done.length} faults, ${kept} acknowledged, ${told} told, slowest ${seconds(slowest)}\n${each.join("\n")}`;
	}

	/** What was asked for meanwhile is refused in time; just before the end, it may have been stored in time. */
	#checkPauses(): void {
		for (const { from, to } of this.pauses) {
			const during = this.crowd.attempts.filter(({ asked }) => asked > from + 50 && asked < to - 2000);
			for (const attempt of during) {
				if (!isRefusedInTime(attempt)) this.say(`publishing while Redis was paused: ${JSON.stringify(attempt)}`);
			}
		}
	}

	async #recover(after: string): Promise<void> {
		const lagging = await this.crowd.lagging(recovery);
		for (const { name } of lagging.slice(0, 10)) this.say(`${name} was not at the head ${recovery} ms after ${after}`);
		if (lagging.length > 10) this.say(`nor were ${lagging.length - 10} others`);
	}

	say(what: string): void {
		// What is wrong in one way is wrong a thousand times.
		if (this.wrong.length < 100) this.wrong.push(what);
	}
}

/** It may take 2 s, and this machine is busy. */
const patience = 3000;

function isRefusedInTime({ asked, ended, status, retryAfter, code }: Attempt): boolean {
	return status === 503 && code === "store_unavailable" && Number(retryAfter) > 0 && ended - asked < patience;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

function isAlive(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}

async function readAll(front: string, channel: string): Promise<Kept[]> {
	const kept: Kept[] = [];
	for (let [after, more] = ["first", true]; more; ) {
		const { json } = await ask(`${front}/v1/channels/${channel}/messages?limit=1000&after=${after}`);
		kept.push(...json.messages);
		({ next: after, more } = json);
	}
	return kept;
}

/** Numbers from 0 to 1 that look random (mulberry32). */
export function seeded(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** `count` of them in random order: all of them, before any comes again. */
export function dealt<T>(all: readonly T[], count: number, random: () => number): T[] {
	const deck: T[] = [];
	while (deck.length < count) {
		const rest = [...all];
		while (rest.length > 0) deck.push(...rest.splice(Math.floor(random() * rest.length), 1));
	}
	return deck.slice(0, count);
}
