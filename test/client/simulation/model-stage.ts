/** What the pages of one browser have in common: broadcast channels and locks, as their specifications have them. */
import type { Environment } from "@holdfast/client";
import type { Chance } from "./chance.ts";
import { ModelLocks } from "./model-locks.ts";
import type { Seat } from "./page.ts";
import { latency, type Room, whenAwake } from "./room.ts";
import type { World } from "./world.ts";

type Stage = NonNullable<Environment["stage"]>;
type Told = ((frame: unknown) => void) | undefined;
type Post = ReturnType<Stage["open"]>;

/** Frames from one channel object to another: what a page that sleeps is sent stays in memory. */
const mostWaiting = 300;

/** One channel object. */
interface Port {
	readonly room: Room;
	readonly name: string;
	readonly told: Told;
	/** What is on its way from here to others, which comes in order. */
	readonly lines: Map<Port, Line>;
	closed: boolean;
}

interface Line {
	readonly frames: unknown[];
	/** When the last one comes. */
	last: number;
}

export class ModelStage {
	readonly #wrong: (text: string) => void;
	readonly #world: World;
	readonly #chance: Chance;
	readonly #locks: ModelLocks;
	readonly #ports = new Set<Port>();
	readonly #users = new Map<string, string>();

	constructor(world: World, chance: Chance, wrong: (text: string) => void) {
		this.#wrong = wrong;
		this.#world = world;
		this.#chance = chance;
		this.#locks = new ModelLocks(world, chance);
	}

	/** As the pages of a user see it. */
	seat(user: string, room: Room): Seat {
		return {
			vacate: () => this.#vacate(room),
			open: (name, told) => this.#open(this.#use(name, user), room, told),
			lock: (name, hold, options) => this.#locks.request(this.#use(name, user), room, hold, options),
		};
	}

	/** What is the page's: channel objects, and locks that it holds or waits for. */
	left(room: Room): string[] {
		const ports = [...this.#ports].filter((port) => port.room === room);
		return [...ports.map(({ name }) => `channel ${name}`), ...this.#locks.left(room)];
	}

	/** The page is gone: so is what was its. */
	#vacate(room: Room): void {
		for (const port of this.#ports) if (port.room === room) this.#close(port);
		this.#locks.vacate(room);
	}

	#use(name: string, user: string): string {
		if ((this.#users.get(name) ?? user) !== user) this.#wrong(`two users share ${name}`);
		this.#users.set(name, user);
		return name;
	}

	#open(name: string, room: Room, told: Told): Post {
		const port: Port = { room, name, told, lines: new Map(), closed: room.gone };
		if (!room.gone) this.#ports.add(port);
		return {
			send: (frame) => {
				if (room.gone) return;
				if (port.closed) {
					this.#wrong("something is sent where the channel is closed");
					throw new DOMException("The channel is closed.", "InvalidStateError");
				}
				this.#send(port, frame);
			},
			close: () => this.#close(port),
		};
	}

	#close(port: Port): void {
		port.closed = true;
		this.#ports.delete(port);
	}

	#send(from: Port, frame: unknown): void {
		const { now } = this.#world;
		this.#world.trace(() => `    ${from.name} ${JSON.stringify(frame)}`);
		for (const to of this.#ports) {
			if (to === from || to.name !== from.name) continue;
			const line = from.lines.get(to) ?? { frames: [], last: 0 };
			from.lines.set(to, line);
			line.frames.push(structuredClone(frame));
			if (line.frames.length > mostWaiting) this.#wrong(`more than ${mostWaiting} frames wait for one page`);
			line.last = Math.max(line.last, now + latency(this.#chance));
			this.#world.after(line.last - now, () => this.#deliver(line, to));
		}
	}

	#deliver({ frames }: Line, to: Port): void {
		whenAwake(this.#world, this.#chance, to.room, () => {
			const frame = frames.shift();
			if (!to.closed) to.told?.(frame);
		});
	}
}
