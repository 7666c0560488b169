import type { Clock, Timer } from "../clock.ts";

/** A page that is loaded anew, and a long poll, are back within it. In milliseconds. */
const holdOff = 5000;

interface Occupied {
	readers: number;
	/** Runs out where nobody reads. */
	timer: Timer | undefined;
}

/** Which channels have readers on this node. */
export class Presence {
	readonly #clock: Clock;
	readonly #tell: (type: "channel.occupied" | "channel.vacated", channel: string) => void;
	readonly #channels = new Map<string, Occupied>();

	constructor(clock: Clock, tell: (type: "channel.occupied" | "channel.vacated", channel: string) => void) {
		this.#clock = clock;
		this.#tell = tell;
	}

	came(channel: string): void {
		const known = this.#channels.get(channel);
		if (known === undefined) {
			this.#channels.set(channel, { readers: 1, timer: undefined });
			this.#tell("channel.occupied", channel);
			return;
		}
		known.readers++;
		known.timer?.cancel();
		known.timer = undefined;
	}

	left(channel: string): void {
		const known = this.#channels.get(channel);
		if (known === undefined || --known.readers > 0) return;
		known.timer = this.#clock.after(holdOff, () => this.#vacate(channel));
	}

	/** Nobody will come back to this node. */
	close(): void {
		for (const [channel, { timer }] of this.#channels) {
			timer?.cancel();
			this.#vacate(channel);
		}
	}

	#vacate(channel: string): void {
		this.#channels.delete(channel);
		this.#tell("channel.vacated", channel);
	}
}
