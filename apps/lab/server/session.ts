/** What one open page has on the server: a log with a publisher, a door for each column, and a network that can be made bad. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { createHoldfast, diagnostics, type Holdfast, memoryLog } from "@holdfast/server";
import { type Column, channel, columns, type Form, initialKnobs, type Knobs, many, type Stats } from "../shared/lab.ts";
import { now } from "./clock.ts";
import { Line } from "./line.ts";
import { type Naive, naive } from "./naive.ts";
import { Publisher } from "./publisher.ts";

/** The path of a request at a column's door, taken apart. */
export interface Place {
	readonly column: Column;
	readonly form: Form;
	/** What Holdfast would be asked for if it stood alone. */
	readonly rest: string;
}

/** Milliseconds that a restart takes. */
const restartTime = 1000;
const lookInterval = 100;

type Tutorials = Readonly<Record<"hold" | "queue", Naive>>;

/** What forgets all at a restart. */
interface Server {
	readonly holdfast: Holdfast;
	readonly tutorials: Readonly<Record<Column, Tutorials>>;
}

const each = <T>(make: (column: Column) => T) =>
	Object.fromEntries(columns.map((column) => [column, make(column)])) as Record<Column, T>;

export class Session {
	/** Outlives a restart, as a disk would. */
	readonly #log = memoryLog({ retentionMessages: 20_000, retentionBytes: 8 * 1024 ** 2, maxStoreBytes: 16 * 1024 ** 2 });
	readonly #most: number;
	readonly #lines = each(() => new Line(() => this.#knobs));
	readonly #publisher = new Publisher((message) => this.#publish(channel, message));
	readonly #looking: NodeJS.Timeout;
	#server: Server | undefined;
	#restarting: NodeJS.Timeout | undefined;
	#knobs: Knobs = { ...initialKnobs, rate: 0 };
	#cutAt = now();

	/** `mostReaders`: of each form. */
	constructor(mostReaders: number) {
		this.#most = mostReaders;
		this.#server = this.#start();
		this.#looking = setInterval(() => this.#look(), lookInterval);
	}

	get knobs(): Knobs {
		return this.#knobs;
	}

	set knobs(knobs: Knobs) {
		this.#knobs = knobs;
		if (this.#server !== undefined) this.#publisher.turn(knobs);
	}

	get stats(): Stats {
		const counts = each((column) => this.#lines[column].count);
		return { published: this.#publisher.published, restarting: this.#server === undefined, columns: counts };
	}

	/** Requests that are being answered at a column's door. */
	open(column: Column): number {
		return this.#lines[column].open;
	}

	handle({ column, form, rest }: Place, request: IncomingMessage, response: ServerResponse): void {
		if (this.#server === undefined) return void request.socket.destroy();
		const done = this.#lines[column].carry(request, request.socket, () => {
			request.url = rest;
			const { holdfast, tutorials } = this.#server ?? {};
			if (form === "holdfast") holdfast?.handle(request, response);
			else tutorials?.[column][form].handle(request, response);
		});
		response.once("close", done);
	}

	upgrade({ column, form, rest }: Place, request: IncomingMessage, socket: Socket, head: Buffer): void {
		if (this.#server === undefined) return void socket.destroy();
		const done = this.#lines[column].carry(request, socket, () => {
			request.url = rest;
			const { holdfast, tutorials } = this.#server ?? {};
			if (form === "holdfast") holdfast?.upgrade(request, socket, head);
			else tutorials?.[column][form].upgrade(request, socket, head);
		});
		socket.once("close", done);
	}

	/** One message, beside those of the publisher. */
	tellOnce(pad: string): void {
		this.#publish(channel, { n: 0, at: now(), pad });
	}

	/** One message to each of the eight. */
	tellMany(): void {
		for (let i = 1; i <= many; i++) this.#publish(`${channel}.${i}`, { n: i, at: now(), pad: "" });
	}

	cut(): void {
		for (const column of columns) this.#lines[column].cut();
	}

	/** As a crash: nobody is told anything, and what was in memory is gone. */
	restart(): void {
		if (this.#server === undefined) return;
		this.#server = undefined;
		this.#publisher.turn({ rate: 0, size: 0 });
		this.cut();
		this.#restarting = setTimeout(() => {
			this.#server = this.#start();
			this.#publisher.turn(this.#knobs);
		}, restartTime);
	}

	async close(): Promise<void> {
		clearInterval(this.#looking);
		clearTimeout(this.#restarting);
		this.#publisher.close();
		this.cut();
		await this.#server?.holdfast.close();
		await this.#log.close();
	}

	#start(): Server {
		const most = this.#most;
		const holdfast = createHoldfast({
			log: this.#log,
			drainTime: 0,
			maxConnections: 4 * most,
			authorize: (_, name, action) => action === "read" && (name === channel || name?.startsWith(`${channel}.`) === true),
		});
		return { holdfast, tutorials: each(() => ({ hold: naive("hold", most), queue: naive("queue", most) })) };
	}

	#publish(to: string, message: unknown): void {
		if (this.#server === undefined) return;
		const { holdfast, tutorials } = this.#server;
		holdfast.publish(to, message).catch((error: unknown) => diagnostics.fault.tell({ during: "lab", error }));
		if (to !== channel) return;
		const text = JSON.stringify(message);
		for (const { hold, queue } of Object.values(tutorials)) {
			hold.tell(text);
			queue.tell(text);
		}
	}

	#look(): void {
		for (const column of columns) this.#lines[column].look();
		const { cut } = this.#knobs;
		if (cut === 0 || now() - this.#cutAt < cut * 1000) return;
		this.#cutAt = now();
		this.cut();
	}
}
