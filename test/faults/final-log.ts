/** What a channel holds in the end. */
import type { Cursor } from "@holdfast/protocol";
import { cursorOf } from "./history.ts";

export interface Kept {
	readonly id: string;
	readonly data: string;
}

export class FinalLog {
	readonly channel: string;
	readonly kept: readonly Kept[];
	readonly places: readonly Cursor[];
	/** The last offset of each epoch, in the order in which they followed each other. */
	readonly epochs = new Map<string, number>();
	readonly #data: ReadonlyMap<string, string>;

	/** `kept`: oldest first. */
	constructor(channel: string, kept: readonly Kept[]) {
		this.channel = channel;
		this.kept = kept;
		this.places = kept.map(({ id }) => cursorOf(id));
		for (const { epoch, offset } of this.places) this.epochs.set(epoch, offset);
		this.#data = new Map(kept.map(({ id, data }) => [id, data]));
	}

	data(id: string): string | undefined {
		return this.#data.get(id);
	}

	/** Whether it lies behind all that is left of an epoch that another followed: only there can something be lost with a tail. */
	isLostTail(id: string): boolean {
		const { epoch, offset } = cursorOf(id);
		return epoch !== [...this.epochs.keys()].at(-1) && offset > (this.epochs.get(epoch) ?? 0);
	}

	/** What a reader who began there has to be told. */
	after(start: Cursor | "first"): readonly Cursor[] {
		if (start === "first" || !this.epochs.has(start.epoch)) return this.places;
		const reached = this.places.findLastIndex(({ epoch, offset }) => epoch === start.epoch && offset <= start.offset);
		const before = reached === -1 ? this.places.findIndex(({ epoch }) => epoch === start.epoch) - 1 : reached;
		return this.places.slice(before + 1);
	}
}
