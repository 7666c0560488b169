/** A peer and the generator that loads it, fresh for each measurement. */
import { setTimeout as wait } from "node:timers/promises";
import type { Ran } from "../load/drive.ts";
import type { GeneratorCalls } from "../load/generator.ts";
import { payload } from "../load/payload.ts";
import type { Access, Peer, Running, StartOptions } from "../peers/peer.ts";
import { Child } from "./child.ts";
import { cores } from "./pin.ts";
import { busyTime, cpuTime, total } from "./proc.ts";

/** What one load came to. */
export interface Measured extends Ran {
	/** The number of its first message. */
	readonly first: number;
	/** Read by all readers. */
	readonly bytes: number;
	/** Nanoseconds. */
	readonly serverCpu: number;
	/** Shares of a core. */
	readonly serverBusy: number;
	readonly generatorBusy: number;
	/** What neither of them did on their two cores, as a share of one. */
	readonly disturbed: number;
}

export interface Loading {
	/** One unless said. */
	readonly channels?: number;
	/** Messages in flight, or connections that publish at the rate. */
	readonly publishers: number;
	readonly rate?: number;
	readonly bytes?: number;
	readonly milliseconds: number;
	readonly messages?: number;
	/** Makes the request in the place of the peer's own. */
	readonly request?: (channel: string, text: string, port: number) => string;
}

/**
 * Milliseconds of load before anything is measured, for everybody: V8 makes machine code of what is hot within the first seconds, on
 * the server's own core, and servers run for days.
 */
export const warmUp = 3000;

export class Stage {
	readonly peer: Peer;
	readonly running: Running;
	readonly generator: Child<GeneratorCalls>;
	/** Other processes that belong here. */
	readonly beside: number[] = [];

	private constructor(peer: Peer, running: Running, generator: Child<GeneratorCalls>) {
		this.peer = peer;
		this.running = running;
		this.generator = generator;
	}

	static async start(peer: Peer, options: Partial<StartOptions> = {}): Promise<Stage> {
		const running = await peer.start({ cores: cores.server, ...options });
		return new Stage(peer, running, new Child({ file: "load/generator", cores: cores.generator }));
	}

	static channel(index: number): string {
		return `bench${index}`;
	}

	/** So many readers on each of the channels, when the server has let them all in. */
	async subscribe(access: Access, readers: number, channels = 1, port = this.running.port): Promise<void> {
		const { wire, ready, next } = access;
		const indices = Array.from({ length: channels }, (_, index) => index);
		await this.generator.ask("subscribe", {
			subscriptions: indices.map((index) => ({ wire, port, path: access.path(Stage.channel(index)), readers, ready, next })),
			channels: indices,
		});
		await this.settle();
	}

	/** Resolves when the server rests: what was sent to it has been handled, with or without an answer. */
	async settle(): Promise<void> {
		const quiet = 1e6;
		for (let round = 0; round < 100; round++) {
			const before = this.#serverCpu();
			await wait(50);
			if (this.#serverCpu() - before < quiet) return;
		}
	}

	/** Measures a load, once it has run for a moment unmeasured; with the faults of that, if it had any. */
	async measure(loading: Loading, before = loading.milliseconds / 4): Promise<Measured> {
		const warm = await this.load({ ...loading, milliseconds: before });
		return warm.faults.length > 0 ? warm : this.load(loading);
	}

	async load(loading: Loading): Promise<Measured> {
		const { channels = 1, bytes = 128, publishers, rate, milliseconds, messages } = loading;
		const { port } = this.running;
		const request = loading.request ?? ((channel, text, at) => this.peer.publish(channel, text, at));
		const requests = Array.from({ length: channels }, (_, index) => request(Stage.channel(index), payload(0, bytes), port));
		const server = this.#serverCpu();
		const generator = cpuTime(this.generator.pid);
		const others = this.#others();
		const ran = await this.generator.ask("load", { port, requests, publishers, rate, milliseconds, messages });
		const serverCpu = this.#serverCpu() - server;
		const nanoseconds = ran.seconds * 1e9;
		const generatorBusy = (cpuTime(this.generator.pid) - generator) / nanoseconds;
		const disturbed = (this.#others() - others) / nanoseconds;
		return { ...ran, serverCpu, serverBusy: serverCpu / nanoseconds, generatorBusy, disturbed };
	}

	/** The generator first: a server that is asked to end has nobody left to send away. */
	async end(): Promise<void> {
		await this.generator.end();
		await this.running.end();
	}

	#others(): number {
		return busyTime(Object.values(cores)) - this.#serverCpu() - total([this.generator.pid, ...this.beside], cpuTime);
	}

	#serverCpu(): number {
		return total(this.running.pids, cpuTime);
	}
}
