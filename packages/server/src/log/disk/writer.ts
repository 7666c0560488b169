/**
 * Group commit: what is written while one transaction is being flushed waits, and goes into the next one together. Everyone
 * pays for one flush, and each is told after it.
 */
import type { HoldfastError } from "@holdfast/protocol";
import { type Environment, storeError } from "./environment.ts";

interface Waiting {
	readonly weight: number;
	readonly job: () => unknown;
	readonly kept: (result: never) => void;
	readonly resolve: (result: never) => void;
	readonly reject: (error: HoldfastError) => void;
}

/** Messages in one transaction. Its writes happen on the event loop, which has other things to do. */
const heaviest = 1000;

export class Writer {
	readonly #environment: Environment;
	/** Runs the jobs of each transaction; throws when there must be none. */
	readonly #transact: <Result>(jobs: () => Result) => Result;
	#waiting: Waiting[] = [];
	readonly #pauses: (() => Promise<void>)[] = [];
	#running: Promise<void> | undefined;

	constructor(environment: Environment, transact: <Result>(jobs: () => Result) => Result) {
		this.#environment = environment;
		this.#transact = transact;
	}

	/**
	 * Runs `job` in a transaction, then `kept` when it is kept, in the order of the calls, then resolves.
	 *
	 * A job throws only for a fault of the store: nothing of its transaction is kept then, and all who were in it are told.
	 */
	write<Result>(weight: number, job: () => Result, kept: (result: Result) => void = () => {}): Promise<Result> {
		const written = new Promise<Result>((resolve, reject) => {
			this.#waiting.push({ weight, job, kept, resolve, reject });
		});
		this.#running ??= this.#run();
		return written;
	}

	/** Runs `work`, which MUST NOT reject, between two transactions: the next one begins when its promise has ended. */
	pause(work: () => Promise<void>): Promise<void> {
		return new Promise((resolve) => {
			this.#pauses.push(() => work().then(resolve));
			this.#running ??= this.#run();
		});
	}

	/** Resolves when nothing is under way. */
	async idle(): Promise<void> {
		while (this.#running !== undefined) await this.#running;
	}

	async #run(): Promise<void> {
		while (this.#waiting.length > 0 || this.#pauses.length > 0) {
			for (let pause = this.#pauses.shift(); pause !== undefined; pause = this.#pauses.shift()) await pause();
			if (this.#waiting.length === 0) continue;
			let group: readonly Waiting[] = [];
			try {
				// A child can be aborted; what a plain transaction has written when its callback throws is committed.
				const results = await this.#environment.root.childTransaction(() => {
					// Taken only now: the transaction had to wait for its lock, and others may have come.
					group = this.#take();
					return this.#transact(() => group.map(({ job }) => job()));
				});
				// A read of this turn may have begun before the commit.
				this.#environment.root.resetReadTxn();
				for (const [i, { kept }] of group.entries()) kept(results[i] as never);
				for (const [i, { resolve }] of group.entries()) resolve(results[i] as never);
			} catch (cause) {
				const error = await storeError(this.#environment.folder, cause);
				for (const { reject } of group.length > 0 ? group : this.#take()) reject(error);
			}
		}
		// In the same turn as the look at what waits: who was just told may write again before a promise of this run resolves.
		this.#running = undefined;
	}

	#take(): readonly Waiting[] {
		let weight = 0;
		const end = this.#waiting.findIndex((waiting, i) => {
			weight += waiting.weight;
			return i > 0 && weight > heaviest;
		});
		const group = end < 0 ? this.#waiting : this.#waiting.slice(0, end);
		this.#waiting = end < 0 ? [] : this.#waiting.slice(end);
		return group;
	}
}
