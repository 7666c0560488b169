import { HoldfastError } from "../error.ts";
import type { Link, Sink, Told, TransportName } from "../way.ts";

/** A sink that nobody listens to. */
export const silent: Sink = {
	start: () => "now",
	begun: () => undefined,
	message: () => undefined,
	gap: () => undefined,
	refuse: () => undefined,
};

/** A link that does what the test says. */
export class FakeLink implements Link {
	readonly name: TransportName;
	readonly openedAt: number;
	readonly told: Told;
	readonly sinks = new Map<string, Sink>();
	/** Each time that a channel was followed. */
	readonly asked: string[] = [];
	closed = false;
	checks = 0;

	constructor(name: TransportName, at: number, told: Told) {
		this.name = name;
		this.openedAt = at;
		this.told = told;
	}

	follow(channel: string, sink: Sink): void {
		this.asked.push(channel);
		this.sinks.set(channel, sink);
	}

	leave(channel: string): void {
		this.sinks.delete(channel);
	}

	check(): void {
		this.checks += 1;
	}

	close(): void {
		this.closed = true;
	}

	open(): void {
		this.told.opened(this.name);
	}

	live(...channels: string[]): void {
		for (const channel of channels) this.sinks.get(channel)?.live?.();
	}

	/** Opens, and has caught up in all that it follows. */
	serve(): void {
		this.open();
		this.live(...this.sinks.keys());
	}

	lose(retryAfter?: number): void {
		this.told.lost(new HoldfastError("unreachable", "Cut.", { retryAfter }));
	}
}
