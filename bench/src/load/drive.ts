/** A load: publishers that keep so many messages in flight, or publish at a rate, while the tally counts what arrives. */
import { setTimeout as wait } from "node:timers/promises";
import { Histogram, type Latency } from "./histogram.ts";
import { Template } from "./payload.ts";
import { Publisher } from "./publisher.ts";
import { ring, type Tally } from "./tally.ts";

export interface Load {
	readonly port: number;
	/** The request that publishes to each channel; message n goes to channel n modulo their number. */
	readonly requests: readonly string[];
	/** Connections. Without a rate each has one message in flight until every reader has it. */
	readonly publishers: number;
	/** Messages a second, published when they are due, whatever is still in flight. */
	readonly rate?: number | undefined;
	readonly milliseconds: number;
	/** Ends before its time after so many messages. */
	readonly messages?: number | undefined;
}

export interface Ran {
	/** Published, and how many should have been. */
	readonly messages: number;
	readonly due: number;
	readonly deliveries: number;
	/** From the first publish until the last reader had the last message. */
	readonly seconds: number;
	readonly latency: Latency;
	/** Of the answers to publishers. */
	readonly answers: Latency;
	/** What was lost, repeated or out of order: then there are no figures. */
	readonly faults: readonly string[];
}

/** After this long without a delivery or an answer what is missing is lost. */
const stalledAfter = 5000;
/** For a server to accept the publishers, in milliseconds. */
const letIn = 200;
/** Time that a load may take beyond its own: a peer that fell behind delivers what it has taken. */
const overtime = 15_000;

export class Drive {
	readonly #tally: Tally;
	readonly #load: Load;
	readonly #templates: readonly Template[];
	readonly #first: number;
	readonly #answers = new Histogram();
	#publishers: Publisher[] = [];
	/** Messages of each publisher so far. */
	readonly #rounds: Uint32Array;
	/** Whether nobody reads: then an answer is all that a message waits for. */
	readonly #unread: boolean;
	/** Of the message of each publisher: whether it waits for its answer, or for readers. */
	readonly #missing: Uint8Array;
	#begin = 0;
	#due = 0;
	#next = 0;
	#sent = 0;
	#answered = 0;
	#last = 0;
	#stopped = false;
	#finish: () => void = () => {};

	/** `first` is a number that no message has had. */
	constructor(tally: Tally, load: Load, first: number) {
		this.#tally = tally;
		this.#load = load;
		this.#first = first;
		this.#templates = load.requests.map((request) => new Template(request));
		this.#rounds = new Uint32Array(load.publishers);
		this.#unread = load.requests.every((_, channel) => tally.readersOf(channel) === 0);
		this.#missing = new Uint8Array(load.publishers);
	}

	/** The number that the next load may begin with. */
	get next(): number {
		return this.#first + this.#next;
	}

	async run(): Promise<Ran> {
		const { port, publishers, requests, milliseconds, rate } = this.#load;
		this.#tally.begin(this.#first, publishers, requests.length);
		this.#tally.done = (message) => this.#done((message - this.#first) % publishers);
		const answered = (message: number, took: number) => this.#answer(message, took);
		const failed = (reason: string) => {
			this.#tally.fault(reason);
			this.#finish();
		};
		this.#publishers = Array.from({ length: publishers }, () => new Publisher(port, answered, failed));
		await Promise.all(this.#publishers.map((publisher) => publisher.connect()));
		// To be let in is no part of a message's latency.
		await wait(letIn);
		const ended = new Promise<void>((resolve) => {
			this.#finish = resolve;
		});
		this.#begin = performance.now();
		const stop = setTimeout(() => this.#stop(), milliseconds);
		if (rate === undefined) for (let i = 0; i < publishers; i++) this.#publish(i);
		else this.#tick(rate);
		const watch = this.#watch();
		await ended;
		clearTimeout(stop);
		clearInterval(watch);
		this.#stopped = true;
		for (const publisher of this.#publishers) publisher.end();
		this.#tally.done = () => {};
		return this.#ran();
	}

	#ran(): Ran {
		const { received, latency, faults } = this.#tally;
		return {
			messages: this.#sent,
			due: this.#due,
			deliveries: received,
			seconds: (this.#last - this.#begin) / 1000,
			latency: latency.latency(),
			answers: this.#answers.latency(),
			faults,
		};
	}

	/** The publisher's next message. */
	#publish(publisher: number): void {
		const round = this.#rounds[publisher] as number;
		this.#rounds[publisher] = round + 1;
		const since = round * this.#publishers.length + publisher;
		const message = this.#first + since;
		this.#next = Math.max(this.#next, since + 1);
		this.#due++;
		this.#tally.published(message, performance.now());
		this.#publishers[publisher]?.send(message, () => {
			this.#sent++;
			this.#missing[publisher] = this.#unread ? 1 : 2;
			return (this.#templates[since % this.#templates.length] as Template).with(message);
		});
	}

	#tick(rate: number): void {
		if (this.#stopped) return;
		const wanted = Math.floor(((performance.now() - this.#begin) * rate) / 1000) + 1;
		while (this.#due < wanted && this.#due - this.#tally.completed < ring) this.#publish(this.#due % this.#publishers.length);
		setTimeout(() => this.#tick(rate), 1);
	}

	#answer(message: number, took: number): void {
		this.#answered++;
		this.#answers.add(took);
		this.#done((message - this.#first) % this.#publishers.length);
	}

	/** A message of this publisher was answered, or all have it. */
	#done(publisher: number): void {
		this.#last = performance.now();
		if (this.#load.rate !== undefined) {
			if (this.#stopped) this.#finishIfDone();
			return;
		}
		const missing = (this.#missing[publisher] as number) - 1;
		this.#missing[publisher] = missing;
		if (missing > 0) return;
		if (this.#sent === this.#load.messages) this.#stopped = true;
		if (this.#stopped) this.#finishIfDone();
		else this.#publish(publisher);
	}

	#stop(): void {
		this.#stopped = true;
		for (const publisher of this.#publishers) publisher.drop();
		this.#finishIfDone();
	}

	#finishIfDone(): void {
		if (this.#answered === this.#sent && (this.#unread || this.#tally.completed === this.#sent)) this.#finish();
	}

	/** Ends a load that will not end by itself. */
	#watch(): NodeJS.Timeout {
		let seen = -1;
		let at = performance.now();
		const until = this.#begin + this.#load.milliseconds + overtime;
		return setInterval(() => {
			const now = performance.now();
			const progress = this.#tally.received + this.#answered;
			if (progress !== seen) at = now;
			seen = progress;
			if (now - at < stalledAfter && now < until) return;
			this.#tally.fault(this.#lack());
			this.#finish();
		}, 500);
	}

	#lack(): string {
		const { completed, received } = this.#tally;
		return `of ${this.#sent} messages published ${this.#answered} were answered and ${completed} reached everybody (${received} deliveries)`;
	}
}
