/** Readers as people write them, without our client: each holds cursors, and comes back with them when it has been cut. */
import type { History, WalkRecorder } from "./history.ts";

/** How a reader says where it stands: one cursor for all its channels, or the own one of each. */
export type Form = "one" | "own";

/** Reads until the server or the network ends it; answers how many milliseconds to wait before it is opened again. */
export type Way = (reader: Reader, front: string) => Promise<number>;

export interface WireMessage {
	readonly id: string;
	readonly channel: string;
	readonly data: string;
}

export interface WireGap {
	readonly channel: string;
	readonly next: string;
	readonly place?: string;
	readonly reason: string;
}

interface Place {
	readonly recorder: WalkRecorder;
	cursor: string;
	/** The newest marker that it has been told. */
	marker: number;
}

/** A message that tells nothing but how far readers are. */
export const markerName = (number: number, channel: string) => `marker:${number}:${channel}`;

export class Reader {
	readonly name: string;
	readonly form: Form;
	readonly places = new Map<string, Place>();
	/** Of all channels, for the form `one`. */
	cursor = "first";
	/** Ends what is open now. */
	cut: () => void = () => undefined;
	told = 0;
	/** What no reader should be told. */
	readonly troubles: string[] = [];
	#stopped = false;

	constructor(name: string, channels: readonly string[], form: Form, history: History) {
		this.name = name;
		this.form = form;
		for (const channel of channels) {
			this.places.set(channel, { recorder: history.reads(name, channel, "first"), cursor: "first", marker: 0 });
		}
	}

	get stopped(): boolean {
		return this.#stopped;
	}

	/** Where to read, with where it stands, for the forms of HTTP and the plain WebSocket. */
	get path(): string {
		const channels = [...this.places.keys()];
		if (this.form === "own")
			return `/v1/messages?${[...this.places].map(([name, { cursor }]) => `from=${name}:${cursor}`).join("&")}`;
		if (channels.length === 1) return `/v1/channels/${channels[0]}/messages?after=${this.cursor}`;
		return `/v1/messages?${channels.map((name) => `channel=${name}`).join("&")}&after=${this.cursor}`;
	}

	message({ id, channel, data }: WireMessage): void {
		const place = this.#place(channel);
		place.recorder.took(id, data);
		place.cursor = id;
		this.told++;
		if (data.startsWith("marker:")) place.marker = Number(data.split(":")[1]);
	}

	gap({ channel, next, place: own, reason }: WireGap): void {
		const place = this.#place(channel);
		// `next` is the cursor of all of its channels, unless it follows one, or each by its own.
		const known = own ?? (this.form === "own" || this.places.size === 1 ? next : undefined);
		place.recorder.gap(known, reason);
		if (known !== undefined) place.cursor = known;
	}

	/** Whether it has been told this marker, or a later one, of each of its channels. */
	reached(marker: number): boolean {
		for (const place of this.places.values()) if (place.marker < marker) return false;
		return true;
	}

	async run(front: string, nextWay: () => Way): Promise<void> {
		while (!this.#stopped) {
			const pause = await nextWay()(this, front).catch(() => between(300, 900));
			if (!this.#stopped) await sleep(pause);
		}
	}

	stop(): void {
		this.#stopped = true;
		this.cut();
	}

	#place(channel: string): Place {
		const place = this.places.get(channel);
		if (place === undefined) throw new Error(`${this.name} was told of ${channel}`);
		return place;
	}
}

export const between = (least: number, most: number) => least + Math.random() * (most - least);
export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
