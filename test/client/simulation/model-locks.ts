/** Web Locks: of each name there is one holder, and the others wait in order. */
import type { Environment } from "@holdfast/client";
import type { Chance } from "./chance.ts";
import { latency, type Room, whenAwake } from "./room.ts";
import type { World } from "./world.ts";

type Lock = NonNullable<Environment["stage"]>["lock"];
type Hold = Parameters<Lock>[1];
type LockOptions = Parameters<Lock>[2];

interface Request {
	readonly name: string;
	readonly room: Room;
	readonly grant: () => void;
	readonly rob: () => void;
}

export class ModelLocks {
	readonly #world: World;
	readonly #chance: Chance;
	readonly #held = new Map<string, Request>();
	readonly #pending = new Map<string, Request[]>();
	/** When what a page last asked for comes: it comes in order. */
	readonly #last = new WeakMap<Room, number>();

	constructor(world: World, chance: Chance) {
		this.#world = world;
		this.#chance = chance;
	}

	left(room: Room): string[] {
		const held = [...this.#held.values()].filter((one) => one.room === room);
		const pending = [...this.#pending.values()].flat().filter((one) => one.room === room);
		return [...held.map(({ name }) => `lock ${name}`), ...pending.map(({ name }) => `request for lock ${name}`)];
	}

	vacate(room: Room): void {
		const isOther = (one: Request) => one.room !== room;
		for (const [name, all] of this.#pending) this.#pending.set(name, all.filter(isOther));
		for (const one of [...this.#held.values()]) if (!isOther(one)) this.#release(one);
	}

	request(name: string, room: Room, hold: Hold, { signal, steal }: LockOptions): Promise<void> {
		if (signal && steal) return Promise.reject(new DOMException("Steal or signal.", "NotSupportedError"));
		if (signal?.aborted) return Promise.reject(signal.reason);
		return new Promise((resolve, reject) => {
			// One task after another comes to the page.
			const tasks: (() => void)[] = [];
			const task = (run: () => void) => {
				tasks.push(run);
				this.#world.after(latency(this.#chance), () => whenAwake(this.#world, this.#chance, room, () => tasks.shift()?.()));
			};
			const abort = () => {
				this.#forget(request);
				reject(signal?.reason);
			};
			const run = async () => {
				signal?.removeEventListener("abort", abort);
				try {
					if (!signal?.aborted) resolve(await hold());
				} catch (error) {
					reject(error);
				}
				this.#order(room, () => this.#release(request));
			};
			const rob = () => {
				this.#world.trace(() => `    ${name} is taken away`);
				reject(new DOMException("Taken away.", "AbortError"));
			};
			const request: Request = { name, room, grant: () => task(() => void run()), rob: () => task(rob) };
			signal?.addEventListener("abort", abort);
			this.#order(room, () => {
				if (room.gone || signal?.aborted) return;
				if (steal) this.#steal(request);
				else this.#enqueue(request);
			});
		});
	}

	#order(room: Room, run: () => void): void {
		const { now } = this.#world;
		const at = Math.max(this.#last.get(room) ?? 0, now + latency(this.#chance));
		this.#last.set(room, at);
		this.#world.after(at - now, run);
	}

	#enqueue(request: Request): void {
		const all = this.#pending.get(request.name) ?? [];
		this.#pending.set(request.name, all);
		all.push(request);
		this.#process(request.name);
	}

	#steal(request: Request): void {
		this.#held.get(request.name)?.rob();
		this.#grant(request);
	}

	#grant(request: Request): void {
		this.#held.set(request.name, request);
		request.grant();
	}

	#forget(request: Request): void {
		const { name } = request;
		const all = this.#pending.get(name) ?? [];
		const at = all.indexOf(request);
		if (at >= 0) all.splice(at, 1);
	}

	#release(request: Request): void {
		const { name } = request;
		if (this.#held.get(name) !== request) return;
		this.#held.delete(name);
		this.#process(name);
	}

	#process(name: string): void {
		if (this.#held.has(name)) return;
		const next = this.#pending.get(name)?.shift();
		if (next !== undefined) this.#grant(next);
	}
}
