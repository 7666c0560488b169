/** One column: its readers, what they were handed, and its card. */
import type { Column as ColumnName, Count, Form, Numbered } from "../shared/lab.ts";
import { Card, type Figures } from "./card.ts";
import { Judge } from "./judge.ts";
import { openReader, type Reader } from "./readers.ts";

/** Messages whose latency counts. */
const remembered = 200;

/** Of each reader, and added up. */
const tallied = ["received", "lost", "repeated", "outOfOrder", "told"] as const;
type Tally = Record<(typeof tallied)[number], number>;

const nothing: Readonly<Tally> = { received: 0, lost: 0, repeated: 0, outOfOrder: 0, told: 0 };

export interface Seat {
	/** Of the session. */
	readonly url: string;
	readonly form: Form;
	readonly readers: number;
	readonly interval: number;
}

interface Sitting {
	readonly judge: Judge;
	readonly reader: Reader;
	readonly state: { openSince: number | undefined; wasSeenOpen: boolean };
}

export class Column {
	readonly #name: ColumnName;
	readonly #card: Card;
	/** How late a message was, in milliseconds; those of the first reader are drawn. */
	readonly #latencyOf: (message: Numbered) => number;
	readonly #drawn: (n: number, ms: number) => void;
	#seat: Seat | undefined;
	#sitting: Sitting[] = [];
	#latencies: number[] = [];
	/** Of readers that were taken away. */
	#past: Tally = { ...nothing };

	constructor(
		box: HTMLElement,
		name: ColumnName,
		latencyOf: (message: Numbered) => number,
		drawn: (n: number, ms: number) => void,
	) {
		this.#card = new Card(box, name);
		this.#name = name;
		this.#latencyOf = latencyOf;
		this.#drawn = drawn;
	}

	/** All anew, for a new session. */
	begin(seat: Seat): void {
		this.end();
		this.#past = { ...nothing };
		this.#latencies = [];
		this.#card.explain(seat.form);
		this.#seat = seat;
		this.#fill(seat);
	}

	turn(readers: number, interval: number): void {
		if (this.#seat === undefined) return;
		const hasNewInterval = this.#seat.interval !== interval;
		this.#seat = { ...this.#seat, readers, interval };
		for (const sitting of this.#sitting.splice(readers)) this.#dismiss(sitting);
		if (hasNewInterval && this.#name === "short-poll") for (const { reader } of this.#sitting) reader.turn(interval);
		this.#fill(this.#seat);
	}

	end(): void {
		for (const { reader } of this.#sitting.splice(0)) reader.close();
		this.#seat = undefined;
		this.#card.away();
	}

	/**
	 * `patience`: in so many milliseconds all comes to a reader that is there, and what has not is lost. Of those that are
	 * away only Holdfast's come back for it. Undefined where not so much time has passed since the last was published.
	 */
	draw(published: number, patience: number | undefined, count: Count | undefined): Figures {
		const here = this.#sitting.filter(({ state }) => state.openSince !== undefined);
		for (const { judge, state } of here) {
			// `published` of the first look may be of before it began: the two come over different connections.
			if (state.wasSeenOpen) judge.begin(published + 1);
			state.wasSeenOpen = true;
		}
		const since = performance.now() - (patience ?? Number.POSITIVE_INFINITY);
		const comesBack = this.#seat?.form === "holdfast";
		const done = this.#sitting.filter(({ state }) => (comesBack ? (state.openSince ?? since) < since : patience !== undefined));
		const sum = (sitting: readonly Sitting[], of: (judge: Judge) => number) =>
			sitting.reduce((total, { judge }) => total + of(judge), 0);
		const behind = (judge: Judge) => judge.behind(published);
		const never = sum(done, behind);
		const tally = Object.fromEntries(
			tallied.map((name) => [name, this.#past[name] + sum(this.#sitting, (judge) => judge[name])]),
		) as Tally;
		const figures: Figures = {
			...tally,
			readers: this.#seat?.readers ?? 0,
			open: here.length,
			latencies: this.#latencies.toSorted((a, b) => a - b),
			lost: tally.lost + never,
			behind: sum(this.#sitting, behind) - never,
		};
		this.#card.draw(figures, count);
		return figures;
	}

	#fill(seat: Seat): void {
		while (this.#sitting.length < seat.readers) this.#sitting.push(this.#seatOne(seat, this.#sitting.length === 0));
	}

	#seatOne(seat: Seat, isFirst: boolean): Sitting {
		const judge = new Judge();
		// Told of before there is a reader to hold it, where a way fails at once.
		const state: Sitting["state"] = { openSince: undefined, wasSeenOpen: false };
		const reader = openReader(
			{ ...seat, column: this.#name },
			{
				message: (message) => {
					judge.take(message.n);
					const ms = this.#latencyOf(message);
					this.#latencies.push(ms);
					if (this.#latencies.length > remembered) this.#latencies.shift();
					if (isFirst) this.#drawn(message.n, ms);
				},
				gap: () => judge.gap(),
				open: (isOpen) => {
					state.openSince = isOpen ? (state.openSince ?? performance.now()) : undefined;
				},
			},
		);
		return { judge, reader, state };
	}

	#dismiss({ judge, reader }: Sitting): void {
		reader.close();
		for (const name of tallied) this.#past[name] += judge[name];
	}
}
